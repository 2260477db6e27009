import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { parseAllDocuments } from "yaml";

import { onOperator } from "../../lab/operator";
import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { provideHelm } from "../../lab/tools/extras";
import { kubernetesProviderRelease } from "../../lab/tools/installed";
import { provideTools } from "../../lab/tools/toolbox";
import { until } from "../../lab/wait";
import { idOf, type KubeObject } from "../../cluster/manifests/kube-object";
import { HelmCluster } from "../support/helm-cluster";
import { endLab, namePools, pulumi, raiseLab } from "../support/lab";
import { marksOf, metallbObjects } from "../support/ownership";
import { printed, StackEdit } from "../support/stack-edit";

const stack = "lab-dev";
const namespace = "metallb-system";

describe(`MetalLB that Helm installed in two clusters, with Kubernetes provider ${kubernetesProviderRelease()}`, () => {
  let lab: Lab;
  let dev: HelmCluster;
  let prod: HelmCluster;
  let cluster: Cluster;
  let chart: string;

  before(async () => {
    await provideHelm(new Progress());
    ({ chart } = await provideTools(new Progress()));
    lab = await raiseLab("test-adopt");
    cluster = lab.cluster(stack);
    const [forDev, forProd] = namePools(lab, "primary");
    assert.ok(forDev && forProd);
    dev = await HelmCluster.install(lab, forDev, chart);
    prod = await HelmCluster.install(lab, forProd, chart);
    // Both stack files as a user writes them: the route already exists, and lab-prod's pool has a name that its cluster does not have.
    new StackEdit(lab, stack).write({ "router.adopt": true });
    new StackEdit(lab, "lab-prod").write({ "router.adopt": true, "pools.0.name": "lab-prod" });
  });
  after(() => endLab(lab));

  const adopt = (name: string, ...options: string[]) => onOperator(lab, ["adopt", name, ...options], { all: true, reject: false });
  const backups = (name = stack): string[] =>
    fs.readdirSync(path.join(lab.folders.project, ".adopt-backup")).filter((file) => file.startsWith(`${name}-`));
  /** Runs work while a client sends requests to the services of both clusters. */
  const undisturbed = <T>(what: string, work: () => Promise<T>): Promise<T> => dev.undisturbed(what, () => prod.undisturbed(what, work));

  it("is reported by preview with the command to adopt it, and refused by up, which changes nothing", async () => {
    const before = await metallbObjects(cluster);
    const way = `cluster lab-dev already has a MetalLB that this stack does not manage; run make adopt STACK=lab-dev, which takes it over without an outage`;
    const [warning, ...more] = printed(await pulumi(lab, stack, ["preview"]));
    assert.ok(warning?.startsWith("warning: ") && warning.endsWith(way), warning);
    assert.deepEqual(more, []);
    await assert.rejects(pulumi(lab, stack, ["up", "--yes", "--skip-preview"]), (error: Error) => error.message.includes(way));
    const unasked = await adopt(stack);
    assert.match(unasked.all ?? "", /There is no terminal for a confirmation, and nothing was changed: --yes continues without asking\./);
    assert.equal(unasked.exitCode, 1);
    assert.deepEqual(await metallbObjects(cluster), before);
  });

  it("is adopted: no request fails, no pod restarts, and no mark of Helm or kubectl is left", async () => {
    const before = await dev.pods();
    const { exitCode, all } = await undisturbed("adoption", () => adopt(stack, "--yes"));
    assert.equal(exitCode, 0, all);
    assert.match(all ?? "", /^Helm's release metallb-system\/metallb, chart metallb 0\.16\.2, revision 1/m);
    assert.match(all ?? "", /^No pod restarts\.$/m);
    assert.match(all ?? "", /L2Advertisement metallb-system\/pools: spec\.nodeSelectors: none -> /);
    assert.equal(await dev.pods(), before);
    await dev.isTheStacks();
    assert.equal(await dev.helm("list", "--all-namespaces", "--output", "json"), "[]");
    const [backup, ...others] = backups();
    assert.deepEqual(others, []);
    assert.equal(fs.statSync(path.join(lab.folders.project, ".adopt-backup", backup ?? "")).mode & 0o777, 0o600);
  });

  it("has nothing left to adopt after that", async () => {
    const { exitCode, all } = await adopt(stack, "--yes");
    assert.equal(exitCode, 0, all);
    assert.match(all ?? "", /There is nothing to adopt: stack lab-dev already manages MetalLB in its cluster\.$/);
    assert.equal(backups().length, 1);
  });

  it("is refused in the second cluster while its pool has another name, and the message has the name to write", async () => {
    const before = await metallbObjects(prod.cluster);
    const { exitCode, all } = await adopt("lab-prod", "--yes");
    assert.equal(exitCode, 1);
    assert.match(all ?? "", /pools\[0\]\.name = "lab-prod": pool primary of the cluster has 10\.6\.0\.0\/24; set it to "primary"/);
    assert.deepEqual(await metallbObjects(prod.cluster), before);
  });

  it("is adopted by the second stack with the first stack's pool name, and no request fails in either cluster", async () => {
    new StackEdit(lab, "lab-prod").write({ "pools.0.name": "primary" });
    const [podsOfDev, podsOfProd] = [await dev.pods(), await prod.pods()];
    const devObjects = await metallbObjects(dev.cluster);
    const { exitCode, all } = await undisturbed("adoption of the second cluster", () => adopt("lab-prod", "--yes"));
    assert.equal(exitCode, 0, all);
    assert.match(all ?? "", /IPAddressPool primary/);
    assert.match(all ?? "", /^No pod restarts\.$/m);
    assert.deepEqual([await dev.pods(), await prod.pods()], [podsOfDev, podsOfProd]);
    assert.deepEqual(await metallbObjects(dev.cluster), devObjects);
    await prod.isTheStacks();
    await dev.isTheStacks();
    const { stdout } = await lab.router.host.exec(["nvram", "get", "sr_rulelist"]);
    assert.deepEqual(
      stdout
        .split("<")
        .filter((record) => record.startsWith("10."))
        .map((record) => record.split(">").slice(0, 3).join(" ")),
      ["10.5.0.0 255.255.255.0 192.168.50.11", "10.6.0.0 255.255.255.0 192.168.50.21"],
    );
  });

  it("is returned to Helm, which can upgrade it, and the stack keeps only the route", async () => {
    const before = await dev.pods();
    await undisturbed("the way back, and helm upgrade", async () => {
      const { exitCode, all } = await adopt(stack, "--back", "--yes");
      assert.equal(exitCode, 0, all);
      assert.match(await dev.helm("status", "metallb", "--namespace", namespace), /^STATUS: deployed$/m);
      await dev.helm("upgrade", "metallb", chart, "--namespace", namespace, "--reuse-values", "--wait", "--timeout", "5m");
    });
    assert.equal(await dev.pods(), before);
    assert.deepEqual(
      await dev.secrets(),
      [1, 2].map((revision) => `Secret ${namespace}/sh.helm.release.v1.metallb.v${revision}`),
    );
    const objects = new Map((await metallbObjects(cluster)).map((object) => [idOf(object), object]));
    const marks = (id: string): string[] => [...new Set(marksOf(objects.get(id) as KubeObject))].sort();
    assert.deepEqual(marks(`DaemonSet ${namespace}/metallb-speaker`), [
      "helm",
      "meta.helm.sh/release-name",
      "meta.helm.sh/release-namespace",
    ]);
    const advertisement = objects.get(`L2Advertisement ${namespace}/pools`) as KubeObject;
    assert.deepEqual(advertisement["spec"], { ipAddressPools: ["primary"] });
    const state = await pulumi(lab, stack, ["stack", "export"]);
    assert.deepEqual(state.match(/"type": "(kubernetes|command):[^"]*"/g), ['"type": "command:remote:Command"']);
    assert.match((await adopt(stack, "--back", "--yes")).all ?? "", /There is no adoption to undo/);
    await prod.isTheStacks();
  });

  describe("and that Flux manages, by a fixture of its marks", () => {
    const labels = (tool: string, name: string): object => ({ [`${tool}/name`]: name, [`${tool}/namespace`]: "flux-system" });

    before(async () => {
      const own = ["speaker.priorityClassName=system-node-critical", "controller.logLevel=debug"].flatMap((value) => ["--set", value]);
      await dev.helm("upgrade", "metallb", chart, "--namespace", namespace, "--reuse-values", "--wait", "--timeout", "5m", ...own);
      const by = (manager: string): string[] => ["--server-side", "--force-conflicts", "--field-manager", manager];
      const marked = ({ metadata: { name, namespace, labels: own }, ...content }: KubeObject, tool: string, release: string): object => ({
        ...content,
        metadata: { name, ...(namespace && { namespace }), labels: { ...own, ...labels(tool, release) } },
      });
      const manifest = await dev.helm("get", "manifest", "metallb", "--namespace", namespace);
      const objects = parseAllDocuments(manifest).map((document) => document.toJS() as KubeObject);
      await dev.apply(
        objects.map((object) => marked(object, "helm.toolkit.fluxcd.io", "metallb")),
        ...by("helm-controller"),
      );
      const pools = (await metallbObjects(cluster)).filter(({ apiVersion }) => apiVersion.startsWith("metallb.io/"));
      await dev.apply(
        pools.map(({ apiVersion, kind, metadata, spec }) =>
          marked({ apiVersion, kind, metadata, spec }, "kustomize.toolkit.fluxcd.io", "pools"),
        ),
        ...by("kustomize-controller"),
      );
      const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
      const crd = {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "helmreleases.helm.toolkit.fluxcd.io", labels: { fixture: "stands-for-flux" } },
        spec: {
          group: "helm.toolkit.fluxcd.io",
          names: { kind: "HelmRelease", plural: "helmreleases", singular: "helmrelease", listKind: "HelmReleaseList" },
          scope: "Namespaced",
          versions: [{ name: "v2", served: true, storage: true, schema }],
        },
      };
      await dev.apply([crd, { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } }]);
      await cluster.kubectl(["wait", "--for=condition=Established", `crd/${crd.metadata.name}`]);
      const release = {
        apiVersion: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        metadata: { name: "metallb", namespace: "flux-system" },
      };
      await until("the kind to be served", async () => (await dev.apply([{ ...release, spec: { interval: "5m" } }])) !== "");
    });

    it("is refused while Flux is active", async () => {
      const before = await metallbObjects(cluster);
      const { exitCode, all } = await adopt(stack, "--yes");
      assert.equal(exitCode, 1);
      assert.match(
        all ?? "",
        /Flux's HelmRelease flux-system\/metallb manages it, and would revert the adoption; run flux suspend helmrelease metallb --namespace flux-system/,
      );
      assert.deepEqual(await metallbObjects(cluster), before);
    });

    it("is adopted once Flux is suspended, without fields of the release alone, even after an adoption that was interrupted during up", async () => {
      await cluster.kubectl([
        "patch",
        "helmrelease",
        "metallb",
        "-n",
        "flux-system",
        "--type=merge",
        "--patch",
        '{"spec":{"suspend":true}}',
      ]);
      await undisturbed("interrupted adoption, and another one", async () => {
        const cut = adopt(stack, "--yes");
        let output = "";
        cut.all?.on("data", (text: Buffer) => (output += text.toString()));
        await until("objects of the stack", () => /CustomResourceDefinition .* created /.test(output), { deadline: 300_000 });
        // Process ids on the operator host, which runs only this command.
        const found = (await lab.operator.exec(["pgrep", "-f", "cli/main.ts adopt|pulumi up"])).stdout.split("\n");
        await lab.operator.exec(["kill", "-KILL", ...found]);
        await cut;
        assert.match(
          output,
          /^Pods that restart, .*: DaemonSet metallb-system\/metallb-speaker, Deployment metallb-system\/metallb-controller\.$/m,
        );
        assert.match(
          output,
          /DaemonSet metallb-system\/metallb-speaker: spec\.template\.spec\.priorityClassName: "system-node-critical" -> none/,
        );
        assert.equal((await dev.secrets()).length, 3, "Helm's notes go last");
        await lab.engine.selectStack(stack);
        const { exitCode, all } = await adopt(stack, "--yes");
        assert.equal(exitCode, 0, all);
      });
      await dev.isTheStacks();
      const [speakers] = (await metallbObjects(cluster)).filter(({ kind }) => kind === "DaemonSet");
      assert.doesNotMatch(JSON.stringify(speakers), /priorityClassName/);
      assert.equal(backups().length, 2, "the second run goes on with the backup of the first");
    });

    it("is returned to Flux, with all of its marks", async () => {
      const { exitCode, all } = await undisturbed("the way back", () => adopt(stack, "--back", "--yes"));
      assert.equal(exitCode, 0, all);
      const pool = (await metallbObjects(cluster)).find(({ kind }) => kind === "IPAddressPool");
      assert.deepEqual(pool?.metadata.labels, labels("kustomize.toolkit.fluxcd.io", "pools"));
      assert.ok(pool && marksOf(pool).includes("kustomize-controller"));
      assert.match(await dev.helm("status", "metallb", "--namespace", namespace), /^STATUS: deployed$/m);
    });
  });
});
