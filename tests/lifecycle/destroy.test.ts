import assert from "node:assert/strict";

import type execa from "execa";

import { onOperator } from "../../lab/operator";
import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { FOREIGN } from "../../lab/rounds";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { printed, StackEdit } from "../support/stack-edit";

const stack = "lab-prod";
const foreign = FOREIGN;
const record = "10.6.0.0>255.255.255.0>192.168.50.21>0>LAN";
const needsProgram = "You must run with the `--run-program` flag to use delete hooks during destroy.";

/** The kinds of objects in MetalLB's chart, and pools. */
const kinds =
  "namespaces,crds,clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations,roles,rolebindings," +
  "serviceaccounts,services,configmaps,secrets,deployments,daemonsets,pods,ipaddresspools,l2advertisements";

describe("the destruction of a stack", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;

  before(async () => {
    lab = await raiseLab("test-destroy", { stacks: [stack] });
    cluster = lab.cluster(stack);
    edited = new StackEdit(lab, stack);
    await lab.router.bootWith(foreign, lab.lan);
    await up();
    const service = { type: "LoadBalancer", ports: [{ port: 80 }], selector: { app: "shop" } };
    const items = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } },
      { apiVersion: "v1", kind: "Service", metadata: { name: "shop", namespace: "web" }, spec: service },
    ];
    await cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const address = ["get", "service", "shop", "-n", "web", "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}"];
    await until("the service's address", async () => (await cluster.kubectl(address)) === "10.6.0.1");
  });
  after(() => endLab(lab));

  const up = (...args: string[]): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview", ...args]);
  const homelab = (...args: string[]): execa.ExecaChildProcess =>
    onOperator(lab, ["destroy", stack, ...args], { all: true, reject: false });
  const router = async (): Promise<string> => (await lab.router.host.exec(["sh", "-c", "nvram get sr_rulelist; ip route show"])).stdout;
  /** Returns the current objects. */
  async function objects(): Promise<string[]> {
    const { items } = JSON.parse(await cluster.kubectl(["get", kinds, "--all-namespaces", "--output", "json"])) as {
      items: { kind: string; metadata: { name: string; namespace?: string; uid: string; resourceVersion: string } }[];
    };
    return items.map(({ kind, metadata: { namespace = "", name, uid, resourceVersion } }) =>
      [kind, namespace, name, uid, resourceVersion].join(" "),
    );
  }
  /** Asserts that a rejected run changes nothing. */
  async function untouched<T>(run: () => Promise<T>): Promise<T> {
    const before = [await objects(), await router()];
    const result = await run();
    assert.deepEqual([await objects(), await router()], before);
    return result;
  }
  const failure = (...args: string[]): Promise<string> =>
    pulumi(lab, stack, ["destroy", ...args]).then(
      () => assert.fail("it went through"),
      ({ message }: Error) => message,
    );
  const takesAddress =
    /Pulumi\.lab-prod\.yaml:\d+: pools = \["10\.6\.0\.0\/24"\]: destroy removes the address of 1 service: web\/shop \(10\.6\.0\.1\);/;
  const held = /Pulumi\.lab-prod\.yaml:\d+: pools\[0\]\.protect = true: services have addresses from it: web\/shop \(10\.6\.0\.1\);/;

  for (const args of [[], ["--continue-on-error"], ["--target", "**IPAddressPool**", "--target-dependents"]]) {
    it(`is refused as a whole by ${["pulumi destroy", ...args].join(" ")} without the program`, async () => {
      const output = await untouched(() => failure("--yes", "--skip-preview", ...args));
      assert.ok(output.includes(needsProgram), output);
    });
  }

  it("is shown in a preview of it", async () => {
    const output = await failure("--preview-only");
    assert.ok(output.includes(needsProgram), output);
  });

  it("is refused by the program, which names the services that use the stack", async () => {
    assert.match(await untouched(() => failure("--yes", "--run-program")), held);
  });

  it("is refused by homelab destroy while services have addresses from the protected pool", async () => {
    const { exitCode, all = "" } = await untouched(() => homelab("--yes"));
    assert.equal(exitCode, 1, all);
    assert.match(all, takesAddress);
    assert.ok(all.includes(`Routes that will be removed from the router 192.168.50.1: ${record}.`), all);
    assert.match(all, /Nothing was changed \(--ignore-protect destroys it anyway\):/);
    assert.match(all, held);
  });

  it("does not block edits: a route is changed, and a pool is created, replaced and removed", async () => {
    const spare = (name: string): Record<string, unknown> => ({ "pools.1": { name, addresses: ["10.6.8.0/24"], route: false } });
    for (const edit of [{ "router.metric": 7, ...spare("spare") }, spare("other"), {}]) {
      edited.write(edit);
      await up();
    }
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
    assert.equal((await router()).split("\n")[0], `${foreign}<${record}`);
  });

  it("requires a confirmation at a terminal, and --yes without one", async () => {
    const without = await untouched(() => homelab("--ignore-protect"));
    assert.equal(without.exitCode, 1);
    assert.match(without.all ?? "", /There is no terminal for a confirmation, and nothing was changed: --yes continues without asking\./);
    const command = `'${process.cwd()}/bin/homelab' destroy ${stack} --ignore-protect`;
    const terminal = await untouched(() =>
      lab.operator.exec(["script", "--quiet", "--return", "--command", command, "/dev/null"], {
        stdio: "pipe",
        input: "no\n",
        reject: false,
        env: { ...lab.engine.environment, HOMELAB_PROJECT: lab.folders.project },
      }),
    );
    assert.match(terminal.stdout, /Destroy lab-prod\? Type lab-prod: /);
    assert.notEqual(terminal.exitCode, 0, terminal.stdout);
  });

  it("is possible again when protect is removed, which changes nothing", async () => {
    const before = await objects();
    edited.write({ "pools.0.protect": false });
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
    assert.match(await up(), /unchanged/);
    assert.deepEqual(await objects(), before);
    const output = await pulumi(lab, stack, ["destroy", "--run-program", "--preview-only"]);
    assert.match(printed(output).join("\n"), takesAddress, output);
  });

  it("leaves nothing in the cluster, and restores the router's list byte for byte", async () => {
    const { exitCode, all = "" } = await homelab("--yes");
    assert.equal(exitCode, 0, all);
    assert.match(all, takesAddress);
    const [list, ...table] = (await router()).split("\n");
    assert.equal(list, foreign);
    assert.deepEqual(
      table.filter((line) => line.startsWith("10.")),
      [],
    );
    assert.deepEqual(
      (await cluster.kubectl(["get", "crds", "--output", "name"])).split("\n").filter((name) => name.includes("metallb")),
      [],
    );
    const left = kinds.replace(",ipaddresspools,l2advertisements", "");
    const names = (await cluster.kubectl(["get", left, "--all-namespaces", "--output", "name"])).split("\n");
    assert.deepEqual(
      names.filter((name) => name.includes("metallb")),
      [],
    );
    assert.match((await homelab("--yes")).all ?? "", /^The stack lab-prod has no resources to destroy\.$/m);
  });

  it("is possible with protect if no service has an address, and refused if the cluster cannot be read", async () => {
    await cluster.kubectl(["delete", "service", "shop", "--namespace", "web"]);
    edited.reset();
    await up();
    edited.write({ "cluster.kubeconfig": "/nowhere" });
    const asked = await untouched(() => homelab("--yes"));
    assert.equal(asked.exitCode, 1, asked.all);
    assert.match(
      asked.all ?? "",
      /^The services that will lose their address are unknown, as the cluster of lab-prod cannot be read: .* \(ENOENT\); correct cluster\.kubeconfig\.$/m,
    );
    assert.match(asked.all ?? "", /cluster\.kubeconfig = "\/nowhere": no such file as \/nowhere;/);
    edited.reset();
    const { exitCode, all = "" } = await homelab("--yes");
    assert.equal(exitCode, 0, all);
    assert.doesNotMatch(all, /removes the address/);
    assert.deepEqual((await router()).split("\n")[0], foreign);
  });
});
