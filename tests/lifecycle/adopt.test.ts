import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { parseAllDocuments } from "yaml";

import { onOperator } from "../../lab/operator";
import type { Cluster } from "../../lab/cluster";
import { kubeconfigOf } from "../../lab/folders";
import type { Lab } from "../../lab/lab";
import { failures, longestGap, Prober } from "../../lab/prober/prober";
import { Progress } from "../../lab/progress";
import { askDemo, deployDemo } from "../../lab/proof";
import { provideHelm } from "../../lab/tools/extras";
import { provideTools } from "../../lab/tools/toolbox";
import { until } from "../../lab/wait";
import { idOf, type KubeObject } from "../../cluster/manifests/kube-object";
import type { Plan } from "../../config/plan";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { marksOf, metallbObjects } from "../support/ownership";
import { said, StackEdit } from "../support/stack-edit";

const stack = "lab-dev";
const namespace = "metallb-system";

describe("a MetalLB that Helm installed, with a service in use", () => {
  let lab: Lab;
  let cluster: Cluster;
  let plan: Plan;
  let chart: string;
  let address: string;

  before(async () => {
    await provideHelm(new Progress());
    ({ chart } = await provideTools(new Progress()));
    lab = await raiseLab("test-adopt", { stacks: [stack] });
    cluster = lab.cluster(stack);
    const [first] = lab.plans;
    assert.ok(first);
    plan = first;
    // As somebody has it who made all of it by hand: a release without FRR, a pool by kubectl, the route on the router's page.
    new StackEdit(lab, stack).write({ "router.adopt": true });
    const values = ["speaker.frr.enabled=false", "speaker.ignoreExcludeLB=true", "frrk8s.enabled=false"].flatMap((value) => [
      "--set",
      value,
    ]);
    await helm("install", "metallb", chart, "--namespace", namespace, "--create-namespace", "--wait", "--timeout", "5m", ...values);
    const of = (kind: string, name: string, spec: object): object => ({
      apiVersion: "metallb.io/v1beta1",
      kind,
      metadata: { name, namespace },
      spec,
    });
    await apply([
      of("IPAddressPool", "lab-dev", { addresses: ["10.5.0.0/24"], avoidBuggyIPs: true }),
      of("L2Advertisement", "pools", { ipAddressPools: ["lab-dev"] }),
    ]);
    await lab.router.enter(plan.routes);
    await deployDemo(cluster, plan);
    ({ address } = await askDemo(lab.client, cluster, plan));
  });
  after(() => endLab(lab));

  const helm = async (...args: string[]): Promise<string> => {
    const env = { ...lab.engine.environment, KUBECONFIG: kubeconfigOf(lab.folders, stack) };
    return (await lab.operator.exec(["sh", "-c", 'exec helm "$@"', "helm", ...args], { env })).stdout;
  };
  const apply = (items: readonly object[], ...options: string[]): Promise<string> =>
    cluster.kubectl(["apply", "--filename", "-", ...options], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const adopt = (...options: string[]) => onOperator(lab, ["adopt", stack, ...options], { all: true, reject: false });
  const backups = (): string[] => fs.readdirSync(path.join(lab.folders.project, ".adopt-backup"));
  const secrets = async (): Promise<string[]> =>
    (await metallbObjects(cluster)).map(idOf).filter((id) => id.startsWith(`Secret ${namespace}/sh.helm.release`));

  /** The pods of MetalLB's, each by an id that a new one would not have, and how often it started. */
  async function pods(): Promise<string> {
    const path = "{range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{'\\n'}{end}";
    return cluster.kubectl(["get", "pods", "-n", namespace, "-o", `jsonpath=${path}`]);
  }

  /** Does something while a client asks twenty times a second: no request fails, and the service keeps its address. */
  async function undisturbed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const prober = await Prober.start(lab.client, `http://${address}/`);
    const result = await work().finally(async () => {
      const samples = await prober.stop();
      console.log(`      ${what}: ${samples.length} requests, longest gap ${Math.round(longestGap(samples)?.length ?? 0)} ms`);
      assert.deepEqual(failures(samples), []);
    });
    const path = "jsonpath={.status.loadBalancer.ingress[*].ip}";
    assert.equal(await cluster.kubectl(["get", "service", "whoami", "-n", "demo", "-o", path]), address);
    return result;
  }

  /** That all of it is the stack's, and nobody else's. */
  async function isTheStacks(): Promise<void> {
    const objects = await metallbObjects(cluster);
    assert.ok(objects.length > 25, objects.map(idOf).join(", "));
    assert.deepEqual(
      objects.filter((object) => marksOf(object).length > 0).map((object) => `${idOf(object)}: ${marksOf(object).join(", ")}`),
      [],
    );
    assert.deepEqual(await secrets(), []);
    const unowned = objects.filter(
      ({ metadata }) =>
        metadata.name !== "metallb-memberlist" && !metadata.managedFields?.some(({ manager }) => manager?.startsWith("pulumi-")),
    );
    assert.deepEqual(unowned.map(idOf), []);
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
    await pulumi(lab, stack, ["preview", "--refresh", "--expect-no-changes"]);
  }

  it("is named in a preview, with the way, and refused by up, which touches nothing", async () => {
    const before = await metallbObjects(cluster);
    const way = `cluster lab-dev has a MetalLB there already, and it is not this stack's; run make adopt STACK=lab-dev, which takes it over without an outage`;
    const [warning, ...more] = said(await pulumi(lab, stack, ["preview"]));
    assert.ok(warning?.startsWith("warning: ") && warning.endsWith(way), warning);
    assert.deepEqual(more, []);
    await assert.rejects(pulumi(lab, stack, ["up", "--yes", "--skip-preview"]), (error: Error) => error.message.includes(way));
    const unasked = await adopt();
    assert.match(unasked.all ?? "", /Nobody can be asked here: add --yes\. Nothing was touched\./);
    assert.equal(unasked.exitCode, 1);
    assert.deepEqual(await metallbObjects(cluster), before);
  });

  it("becomes the stack's: no request fails, no pod starts anew, and nothing of Helm or kubectl is left", async () => {
    const before = await pods();
    const { exitCode, all } = await undisturbed("adoption", () => adopt("--yes"));
    assert.equal(exitCode, 0, all);
    assert.match(all ?? "", /^Helm's release metallb-system\/metallb, chart metallb 0\.15\.3, revision 1/m);
    assert.match(all ?? "", /^No pod starts anew\.$/m);
    assert.match(all ?? "", /L2Advertisement metallb-system\/pools: spec\.nodeSelectors: none -> /);
    assert.equal(await pods(), before);
    await isTheStacks();
    assert.equal(await helm("list", "--all-namespaces", "--output", "json"), "[]");
    const [backup, ...others] = backups();
    assert.deepEqual(others, []);
    assert.equal(fs.statSync(path.join(lab.folders.project, ".adopt-backup", backup ?? "")).mode & 0o777, 0o600);
  });

  it("has nothing more to adopt then", async () => {
    const { exitCode, all } = await adopt("--yes");
    assert.equal(exitCode, 0, all);
    assert.match(all ?? "", /There is nothing to adopt: what is there of MetalLB is stack lab-dev's\.$/);
    assert.equal(backups().length, 1);
  });

  it("goes back to Helm, which upgrades it, and the stack knows of the route alone", async () => {
    const before = await pods();
    await undisturbed("the way back, and helm upgrade", async () => {
      const { exitCode, all } = await adopt("--back", "--yes");
      assert.equal(exitCode, 0, all);
      assert.match(await helm("status", "metallb", "--namespace", namespace), /^STATUS: deployed$/m);
      await helm("upgrade", "metallb", chart, "--namespace", namespace, "--reuse-values", "--wait", "--timeout", "5m");
    });
    assert.equal(await pods(), before);
    assert.deepEqual(
      await secrets(),
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
    assert.deepEqual(advertisement["spec"], { ipAddressPools: ["lab-dev"] });
    const state = await pulumi(lab, stack, ["stack", "export"]);
    assert.deepEqual(state.match(/"type": "(kubernetes|command):[^"]*"/g), ['"type": "command:remote:Command"']);
    assert.match((await adopt("--back", "--yes")).all ?? "", /There is nothing to give back/);
  });

  describe("and that Flux brings, by a fixture of its marks", () => {
    const labels = (tool: string, name: string): object => ({ [`${tool}/name`]: name, [`${tool}/namespace`]: "flux-system" });

    before(async () => {
      const own = ["speaker.priorityClassName=system-node-critical", "controller.logLevel=debug"].flatMap((value) => ["--set", value]);
      await helm("upgrade", "metallb", chart, "--namespace", namespace, "--reuse-values", "--wait", "--timeout", "5m", ...own);
      const by = (manager: string): string[] => ["--server-side", "--force-conflicts", "--field-manager", manager];
      const marked = ({ metadata: { name, namespace, labels: own }, ...content }: KubeObject, tool: string, release: string): object => ({
        ...content,
        metadata: { name, ...(namespace && { namespace }), labels: { ...own, ...labels(tool, release) } },
      });
      const manifest = await helm("get", "manifest", "metallb", "--namespace", namespace);
      const objects = parseAllDocuments(manifest).map((document) => document.toJS() as KubeObject);
      await apply(
        objects.map((object) => marked(object, "helm.toolkit.fluxcd.io", "metallb")),
        ...by("helm-controller"),
      );
      const pools = (await metallbObjects(cluster)).filter(({ apiVersion }) => apiVersion.startsWith("metallb.io/"));
      await apply(
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
      await apply([crd, { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } }]);
      await cluster.kubectl(["wait", "--for=condition=Established", `crd/${crd.metadata.name}`]);
      const release = {
        apiVersion: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        metadata: { name: "metallb", namespace: "flux-system" },
      };
      await until("the kind to be served", async () => (await apply([{ ...release, spec: { interval: "5m" } }])) !== "");
    });

    it("is refused while Flux is at work", async () => {
      const before = await metallbObjects(cluster);
      const { exitCode, all } = await adopt("--yes");
      assert.equal(exitCode, 1);
      assert.match(
        all ?? "",
        /Flux's HelmRelease flux-system\/metallb is at work there, and would take MetalLB back; run flux suspend helmrelease metallb --namespace flux-system/,
      );
      assert.deepEqual(await metallbObjects(cluster), before);
    });

    it("becomes the stack's once that is suspended, with what only the release had set removed, also after an adoption that was cut off in the midst of up", async () => {
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
      await undisturbed("adoption that is cut off, and another one", async () => {
        const cut = adopt("--yes");
        let output = "";
        cut.all?.on("data", (text: Buffer) => (output += text.toString()));
        await until("objects of the stack", () => /CustomResourceDefinition .* created /.test(output), { deadline: 300_000 });
        // Ids within the operator host, which has this run alone.
        const found = (await lab.operator.exec(["pgrep", "-f", "cli/main.ts adopt|pulumi up"])).stdout.split("\n");
        await lab.operator.exec(["kill", "-KILL", ...found]);
        await cut;
        assert.match(
          output,
          /^Pods start anew, .*: DaemonSet metallb-system\/metallb-speaker, Deployment metallb-system\/metallb-controller\.$/m,
        );
        assert.match(
          output,
          /DaemonSet metallb-system\/metallb-speaker: spec\.template\.spec\.priorityClassName: "system-node-critical" -> none/,
        );
        assert.equal((await secrets()).length, 3, "Helm's notes go last");
        await lab.engine.selectStack(stack);
        const { exitCode, all } = await adopt("--yes");
        assert.equal(exitCode, 0, all);
      });
      await isTheStacks();
      const [speakers] = (await metallbObjects(cluster)).filter(({ kind }) => kind === "DaemonSet");
      assert.doesNotMatch(JSON.stringify(speakers), /priorityClassName/);
      assert.equal(backups().length, 2, "the second run goes on with the backup of the first");
    });

    it("goes back to Flux, with all its marks", async () => {
      const { exitCode, all } = await undisturbed("the way back", () => adopt("--back", "--yes"));
      assert.equal(exitCode, 0, all);
      const pool = (await metallbObjects(cluster)).find(({ kind }) => kind === "IPAddressPool");
      assert.deepEqual(pool?.metadata.labels, labels("kustomize.toolkit.fluxcd.io", "pools"));
      assert.ok(pool && marksOf(pool).includes("kustomize-controller"));
      assert.match(await helm("status", "metallb", "--namespace", namespace), /^STATUS: deployed$/m);
    });
  });
});
