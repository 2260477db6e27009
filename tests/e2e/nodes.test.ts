import assert from "node:assert/strict";
import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import type { ClusterNode } from "../../lab/node";
import { Progress } from "../../lab/progress";
import { requestDemo, demoNamespace, deployDemo, get } from "../../lab/proof";
import { whoamiImage } from "../../lab/tools/toolbox";
import { until } from "../../lab/wait";
import type { Plan } from "../../config/plan";
import { makeNamespace, untilNodesTakePods } from "../support/nodes";
import { pulumi } from "../support/lab";
import { demoNodes, getFromPod } from "../support/pods";
import { deploy, sharedLab } from "../support/shared-lab";

const stack = "lab-dev";
const pods = "pods";

/** What the demo service says about a request. */
interface Seen {
  readonly pod: string;
  readonly node: string;
  readonly client: string;
}

describe("a cluster of one master and two workers", () => {
  let lab: Lab;
  let plan: Plan;
  let cluster: Cluster;
  let master: ClusterNode;
  let one: ClusterNode;
  let two: ClusterNode;

  before(async () => {
    lab = await sharedLab(__filename);
    cluster = lab.cluster(stack);
    const [[first], [m, w1, w2]] = [lab.plans, cluster.nodes];
    assert.ok(first && m && w1 && w2);
    [plan, master, one, two] = [first, m, w1, w2];
    await untilNodesTakePods(cluster);
  });

  const names = async (kind: string, selector: string, path: string): Promise<string[]> =>
    (await cluster.kubectl(["get", kind, "-A", "-l", selector, "-o", `jsonpath=${path}`])).split(" ").sort();

  /** Deploys the stack, and the demo service with four pods on both workers. */
  const serve = async (): Promise<void> => {
    await deploy(lab, stack);
    await deployDemo(cluster, plan);
    await cluster.kubectl(["scale", "deployment/whoami", "--namespace", demoNamespace, "--replicas=4"]);
    await until("pods on both workers", async () => {
      const seen = await demoNodes(cluster);
      return seen.length === 4 && new Set(seen).size === 2;
    });
  };

  it("has three Ready nodes at consecutive addresses, the master with kubeadm's labels and taint, the workers without", async () => {
    const { items } = JSON.parse(await cluster.kubectl(["get", "nodes", "-o", "json"])) as {
      items: Array<{
        metadata: { name: string; labels: Record<string, string> };
        spec: { taints?: Array<{ key: string; effect: string }> };
        status: { addresses: Array<{ type: string; address: string }>; conditions: Array<{ type: string; status: string }> };
      }>;
    };
    const roles = ["node-role.kubernetes.io/control-plane", "node.kubernetes.io/exclude-from-external-load-balancers"];
    assert.deepEqual(
      items.map(({ metadata, spec, status }) => ({
        name: metadata.name,
        address: status.addresses.find(({ type }) => type === "InternalIP")?.address,
        ready: status.conditions.find(({ type }) => type === "Ready")?.status,
        labels: roles.filter((label) => metadata.labels[label] === ""),
        taints: (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`),
      })),
      [
        { name: "lab-dev-master", address: "192.168.50.11", ready: "True", labels: roles, taints: [`${roles[0]}:NoSchedule`] },
        { name: "lab-dev-worker-1", address: "192.168.50.12", ready: "True", labels: [], taints: [] },
        { name: "lab-dev-worker-2", address: "192.168.50.13", ready: "True", labels: [], taints: [] },
      ],
    );
  });

  it("connects a pod to pods of other workers with its own address, to services, and to the LAN with its node's address", async () => {
    const env = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const pod = (name: string, node: ClusterNode, hostNetwork = false): object => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: pods, labels: { app: name } },
      spec: {
        nodeName: node.name,
        hostNetwork,
        containers: [{ name, image: whoamiImage, env: [env("POD_NAME", "metadata.name"), env("NODE_NAME", "spec.nodeName")] }],
      },
    });
    const items = [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "far", namespace: pods },
        spec: { selector: { app: "far" }, ports: [{ port: 8080 }] },
      },
      pod("near", one),
      pod("far", two),
      pod("host", master, true),
    ];
    await makeNamespace(cluster, pods);
    try {
      await cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
      await cluster.kubectl(["wait", "--namespace", pods, "--for=condition=Ready", "pods", "--all", "--timeout=60s"]);
      const address = (kind: string, name: string, path: string): Promise<string> =>
        cluster.kubectl(["get", kind, name, "--namespace", pods, "--output", `jsonpath=${path}`]);
      const near = await address("pod", "near", "{.status.podIP}");
      const ask = (to: string): Promise<Seen> =>
        until(`an answer of ${to}`, async () => JSON.parse(await getFromPod(one, near, `http://${to}:8080/`)) as Seen);

      const far = await ask(await address("pod", "far", "{.status.podIP}"));
      assert.deepEqual([far.pod, far.node, far.client], ["far", two.name, near]);
      const service = await ask(await address("service", "far", "{.spec.clusterIP}"));
      assert.deepEqual([service.pod, service.client], ["far", near]);
      const host = await ask(master.spec.address);
      assert.deepEqual([host.pod, host.client], ["host", one.spec.address]);
    } finally {
      await cluster.kubectl(["delete", "namespace", pods, "--wait=false"]);
    }
  });

  it("is deployed by pulumi up, with a speaker on each node and the controller on a worker", async () => {
    await deploy(lab, stack);
    await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
    const ready = "{.items[?(@.status.containerStatuses[0].ready==true)].spec.nodeName}";
    assert.deepEqual(await names("pods", "app.kubernetes.io/component=speaker", ready), [master.name, one.name, two.name]);
    const [controller] = await names("pods", "app.kubernetes.io/component=controller", ready);
    assert.ok(controller === one.name || controller === two.name, controller);
  });

  it("answers a client at the master's address with pods on the workers, and announces from the master despite the exclusion label", async () => {
    await serve();
    assert.deepEqual([...new Set(await demoNodes(cluster))].sort(), [one.name, two.name]);
    const { status, address } = await requestDemo(lab.client, cluster, plan);
    assert.equal(status, 200);
    const hop = JSON.parse((await lab.router.host.exec(["ip", "-j", "route", "get", "fibmatch", address])).stdout) as Array<{
      gateway: string;
    }>;
    assert.equal(hop[0]?.gateway, master.spec.address);
    const announcing = ["get", "servicel2statuses", "-A", "-o", "jsonpath={.items[*].status.node}"];
    assert.equal(await until("the announcement", async () => (await cluster.kubectl(announcing)) || undefined), master.name);
  });

  describe("with one worker without power", () => {
    let address: string;
    before(async () => {
      await serve();
      ({ address } = await requestDemo(lab.client, cluster, plan));
      await two.host.powerOff();
      await cluster.awaitReadiness(two.name, "Unknown");
      await until("its pods to be left out", async () => !(await demoNodes(cluster)).includes(two.name));
    });
    after(async () => {
      if (!lab.isUp) await lab.up(new Progress());
    });

    it("continues with the other worker's pods", async () => {
      assert.equal(await cluster.readiness(one.name), "True");
      // kube-proxy needs a moment to apply the change.
      const twenty = async (): Promise<Set<string>> => {
        const answers = new Set<string>();
        for (let asked = 0; asked < 20; asked++) answers.add((JSON.parse((await get(lab.client, address)).body) as Seen).node);
        return answers;
      };
      assert.deepEqual(await until("twenty answers without a gap", twenty, { deadline: 30_000 }), new Set([one.name]));
    });

    it("takes the worker back when the lab is raised again", async () => {
      await lab.up(new Progress());
      await until("its pods to be back", async () => (await demoNodes(cluster)).includes(two.name));
      assert.equal(await cluster.readiness(two.name), "True");
      await until("an answer of its pods", async () => (JSON.parse((await get(lab.client, address)).body) as Seen).node === two.name);
    });
  });
});
