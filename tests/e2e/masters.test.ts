import assert from "node:assert/strict";
import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import type { ClusterNode } from "../../lab/node";
import { Progress } from "../../lab/progress";
import { until } from "../../lab/wait";
import { untilNodesTakePods } from "../support/nodes";
import { endLab, raiseLab } from "../support/lab";

const stack = "lab-dev";
const names = ["lab-dev-master", "lab-dev-master-2", "lab-dev-master-3"];

const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';

describe("a cluster of three masters", () => {
  let lab: Lab;
  let cluster: Cluster;
  let first: ClusterNode;
  let second: ClusterNode;

  before(async () => {
    lab = await raiseLab("test-masters", { stacks: [stack], masters: 3 });
    cluster = lab.cluster(stack);
    const [one, two] = cluster.nodes;
    assert.ok(one && two);
    [first, second] = [one, two];
    await untilNodesTakePods(cluster);
  });
  after(() => endLab(lab));

  const ask = async (context: string, ...args: string[]): Promise<string> =>
    (await lab.kubectl(stack, ["--context", context, ...args])).stdout;
  const etcd = async ({ host }: ClusterNode, path: string, ...more: string[]): Promise<unknown> =>
    JSON.parse((await host.exec(["curl", "--silent", "--max-time", "5", `http://127.0.0.1:2379${path}`, ...more])).stdout);

  it("has three Ready nodes with a master's labels and without its taint, because there are no workers", async () => {
    const path = '{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status} {.spec.taints[*].effect}{"\\n"}{end}';
    const labels = "node-role.kubernetes.io/control-plane,node.kubernetes.io/exclude-from-external-load-balancers";
    const seen = (await ask(stack, "get", "nodes", "-l", labels, "-o", `jsonpath=${path}`)).split("\n").filter((line) => line !== "");
    assert.deepEqual(
      seen.map((line) => line.trim()),
      names.map((name) => `${name} True`),
    );
  });

  it("has an API server and an etcd member on each master, and a kubeconfig context for each", async () => {
    for (const name of names) assert.equal(await ask(name, "get", "--raw", "/readyz"), "ok", name);
    // A server's lease expires if the machine is too busy to renew it. Its endpoint returns with the next renewal.
    const endpoints = (): Promise<string> =>
      ask(stack, "get", "endpointslices", "kubernetes", "-o", "jsonpath={.endpoints[*].addresses[0]}");
    const all = ["192.168.50.11", "192.168.50.12", "192.168.50.13"].join(" ");
    await until("an endpoint for each API server", async () => (await endpoints()).split(" ").sort().join(" ") === all);
    const { members } = (await etcd(first, "/v3/cluster/member/list", "--data", "{}")) as { members: Array<{ name: string }> };
    assert.deepEqual(members.map(({ name }) => name).sort(), names);
  });

  describe("without the master that is the stack's next hop", () => {
    const make = (namespace: string) => ask(second.name, "create", "namespace", namespace);
    before(async () => {
      await first.host.powerOff();
      await cluster.awaitReadiness(first.name, "Unknown");
    });
    after(async () => {
      if (!lab.isUp) await lab.up(new Progress());
    });

    it("elects other leaders and accepts changes", async () => {
      const lease = ["lease", "kube-controller-manager", "-n", "kube-system", "-o", "jsonpath={.spec.holderIdentity}"];
      const holder = await ask(second.name, "get", ...lease);
      assert.ok(!holder.startsWith(`${first.name}_`), holder);
      await make("meanwhile");
      assert.equal(await ask("lab-dev-master-3", "get", "namespace", "meanwhile", "-o", "name"), "namespace/meanwhile");
    });

    it("takes the master back when the lab is raised again, with the changes of the meantime", async () => {
      await make("before-its-return");
      await lab.up(new Progress());
      await until("the first master to be Ready", async () => (await ask(first.name, "get", "node", first.name, "-o", ready)) === "True");
      assert.equal(await ask(first.name, "get", "namespace", "before-its-return", "-o", "name"), "namespace/before-its-return");
      assert.deepEqual(await etcd(first, "/health"), { health: "true" });
    });
  });
});
