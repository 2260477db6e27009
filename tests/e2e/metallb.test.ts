/** Repeats MetalLB's own end-to-end tests of layer 2, pools and webhook on a cluster of this program: docs/reference/metallb.md. */
import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { deployDemo, get } from "../../lab/proof";
import { pulumi } from "../support/lab";
import { answeringNode } from "../support/layer-two";
import { sharedLab } from "../support/shared-lab";
import { StackEdit } from "../support/stack-edit";

const stack = "lab-dev";
const namespace = "metallb-system";
const web = "web";

/** The settings of a service that differ between tests. */
interface Wish {
  readonly space?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

describe("MetalLB, by its own end-to-end tests", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;

  const pools = [
    // Excludes services of other namespaces, which then get addresses from the other pool only.
    { name: "lab-dev", addresses: ["10.5.0.0/24"], serviceAllocation: { namespaces: [web, "demo"] } },
    { name: "spare", addresses: ["10.5.1.8/29"], autoAssign: false },
  ];
  // Any node may announce, so that the test finds out which one does.
  const advertisements = [{ name: "everywhere", nodeSelectors: [{ matchLabels: { "kubernetes.io/os": "linux" } }] }];
  const up = (): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);

  before(async () => {
    lab = await sharedLab(__filename);
    cluster = lab.cluster(stack);
    edited = new StackEdit(lab, stack);
    edited.write({ pools, advertisements });
    await up();
    await cluster.kubectl(["create", "namespace", web]);
  });
  after(() => edited?.reset());

  const apply = (object: object): Promise<string> => cluster.kubectl(["apply", "--filename", "-"], JSON.stringify(object));
  const metallbObject = (kind: string, name: string, space: string, spec: object): object => ({
    apiVersion: "metallb.io/v1beta1",
    kind,
    metadata: { name, namespace: space },
    spec,
  });
  async function makeService(name: string, { space = web, annotations = {}, spec = {} }: Wish = {}): Promise<void> {
    const always = { type: "LoadBalancer", ports: [{ name: "http", port: 80, targetPort: 8080 }], selector: { app: "whoami" } };
    await apply({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: space, annotations }, spec: { ...always, ...spec } });
  }
  const addressOf = (name: string, space = web): Promise<string> =>
    cluster.kubectl(["get", "service", name, "-n", space, "-o", "jsonpath={.status.loadBalancer.ingress[*].ip}"]);
  const assigned = (name: string): Promise<string> => until(`an address for ${name}`, async () => (await addressOf(name)) || undefined);
  const pool = (name: string): Wish => ({ annotations: { "metallb.io/address-pool": name } });
  const events = (name: string, space = web): Promise<string> =>
    cluster.kubectl([
      "get",
      "events",
      "-n",
      space,
      "--field-selector",
      `involvedObject.name=${name}`,
      "-o",
      "jsonpath={.items[*].message}",
    ]);
  /** Returns the nodes that announce a service, by MetalLB's status. */
  const announcers = async (name: string, space = web): Promise<string[]> => {
    const labels = `metallb.io/service-name=${name},metallb.io/service-namespace=${space}`;
    const nodes = await cluster.kubectl(["get", "servicel2statuses", "-A", "-l", labels, "-o", "jsonpath={.items[*].status.node}"]);
    return nodes.split(" ").filter((node) => node !== "");
  };

  describe("its webhook", () => {
    const refused = (object: object): Promise<string> =>
      apply(object).then(
        () => assert.fail("it was taken"),
        (error: Error) => error.message,
      );

    it("rejects overlapping addresses in two pools", async () => {
      const printed = await refused(metallbObject("IPAddressPool", "second", namespace, { addresses: ["10.5.0.128/25"] }));
      assert.match(printed, /CIDR "10\.5\.0\.128\/25" in pool "second" overlaps with already defined CIDR "10\.5\.0\.0\/24"/);
    });

    it("rejects pools and advertisements outside of its own namespace", async () => {
      for (const [kind, spec] of [
        ["IPAddressPool", { addresses: ["10.7.0.0/24"] }],
        ["L2Advertisement", {}],
      ] as const)
        assert.match(
          await refused(metallbObject(kind, "elsewhere", web, spec)),
          /resource must be created in metallb-system namespace/,
          kind,
        );
    });
  });

  describe("its pools", () => {
    it("give an address to a service without a request, but none of a pool without autoAssign", async () => {
      await makeService("plain");
      assert.match(await assigned("plain"), /^10\.5\.0\.\d+$/);
      await cluster.kubectl(["create", "namespace", "outside"]);
      await makeService("asks-nothing", { space: "outside" });
      await until("the refusal", async () => (await events("asks-nothing", "outside")).includes("no available IPs"));
      assert.equal(await addressOf("asks-nothing", "outside"), "");
      await makeService("asks", { space: "outside", ...pool("spare") });
      await until("its address", async () => /^10\.5\.1\.\d+$/.test(await addressOf("asks", "outside")));
    });

    it("give an address of the pool that a service requests, with and without autoAssign", async () => {
      await makeService("from-spare", pool("spare"));
      await makeService("from-lab-dev", pool("lab-dev"));
      assert.match(await assigned("from-spare"), /^10\.5\.1\.\d+$/);
      assert.match(await assigned("from-lab-dev"), /^10\.5\.0\.\d+$/);
    });

    it("give the address that a service requests, and none if no pool has it", async () => {
      const wish = (ip: string): Wish => ({ annotations: { "metallb.io/loadBalancerIPs": ip } });
      await makeService("exact", wish("10.5.0.77"));
      await makeService("nowhere", wish("10.99.0.1"));
      assert.equal(await assigned("exact"), "10.5.0.77");
      await until("the refusal", async () => (await events("nowhere")).includes("10.99.0.1"));
      assert.equal(await addressOf("nowhere"), "");
    });

    it("give one address to services that share it with different ports, and one node announces it", async () => {
      await makeShared();
      assert.deepEqual([await assigned("one"), await assigned("two")], ["10.5.0.88", "10.5.0.88"]);
      const both = await until("both to be announced", async () => {
        const nodes = [await announcers("one"), await announcers("two")];
        return nodes.every(({ length }) => length === 1) && nodes;
      });
      assert.deepEqual(both[0], both[1]);
    });

    it("accept a service with TCP and UDP", async () => {
      const ports = ["TCP", "UDP"].map((protocol) => ({ name: protocol.toLowerCase(), port: 53, targetPort: 8080, protocol }));
      await makeService("mixed", { spec: { ports } });
      assert.match(await assigned("mixed"), /^10\.5\.0\.\d+$/);
    });

    it("ignore a service of another load-balancer class", async () => {
      await makeService("foreign", { spec: { loadBalancerClass: "example.org/other" } });
      // A service that is created later is handled later.
      await makeService("after-foreign");
      await assigned("after-foreign");
      assert.equal(await addressOf("foreign"), "");
    });
  });

  const deployPods = async (): Promise<void> => {
    const [plan] = lab.plans;
    assert.ok(plan);
    await deployDemo(cluster, plan);
    const [{ spec }] = [JSON.parse(await cluster.kubectl(["get", "deployment", "whoami", "-n", "demo", "-o", "json"])) as { spec: object }];
    await apply({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "whoami", namespace: web }, spec });
    await cluster.kubectl(["rollout", "status", "deployment/whoami", "-n", web, "--timeout=180s"]);
  };

  /** Creates services one and two, which share an address and have pods that answer. */
  const makeShared = async (): Promise<void> => {
    const shared = (port: number): Wish => ({
      annotations: { "metallb.io/allow-shared-ip": "house", "metallb.io/loadBalancerIPs": "10.5.0.88" },
      spec: { ports: [{ port, targetPort: 8080 }] },
    });
    await deployPods();
    await makeService("one", shared(80));
    await makeService("two", shared(81));
  };

  describe("an assigned address", () => {
    it("stays after a restart of the controller", async () => {
      await makeService("plain");
      await assigned("plain");
      const all = async (): Promise<string> =>
        cluster.kubectl([
          "get",
          "services",
          "-n",
          web,
          "-o",
          "jsonpath={range .items[*]}{.metadata.name} {.status.loadBalancer.ingress[*].ip},{end}",
        ]);
      const before = await all();
      await cluster.kubectl(["rollout", "restart", "deployment/metallb-controller", "-n", namespace]);
      await cluster.kubectl(["rollout", "status", "deployment/metallb-controller", "-n", namespace, "--timeout=180s"]);
      await makeService("late");
      await assigned("late");
      assert.equal((await all()).replace(/late [\d.]+,/, ""), before);
    });

    it("is replaced by another one when its pool is removed and the service may use another pool", async () => {
      edited.write({
        pools: [
          { name: "lab-dev", addresses: ["10.5.0.0/24"] },
          { name: "guests", addresses: ["10.5.1.8/29"] },
        ],
        advertisements,
      });
      await up();
      await makeService("guest", pool("guests"));
      assert.match(await assigned("guest"), /^10\.5\.1\.\d+$/);
      await cluster.kubectl(["annotate", "service", "guest", "-n", web, "metallb.io/address-pool-"]);
      edited.write({ pools: [{ name: "lab-dev", addresses: ["10.5.0.0/24"] }], advertisements });
      await up();
      await until("another address", async () => /^10\.5\.0\.\d+$/.test(await addressOf("guest")));
    });
  });

  describe("on nodes that are excluded from load balancing", () => {
    const label = "node.kubernetes.io/exclude-from-external-load-balancers";
    const [master, worker] = ["lab-dev-master", "lab-dev-worker-1"];
    const exclude = (node: string, value: string): Promise<string> =>
      cluster.kubectl(["label", "node", node, `${label}${value}`, "--overwrite"]);
    const untilAnnouncedBy = (expected: string | undefined): Promise<unknown> =>
      until(`${expected ?? "nobody"} to announce`, async () => (await answeringNode(lab, "10.5.0.88")) === expected);
    before(() => makeShared());
    beforeEach(() => Promise.all(cluster.nodes.map(({ name }) => exclude(name, "="))));

    it("announces as on other nodes, with the program's values", async () => {
      const node = await until("an announcement", () => answeringNode(lab, "10.5.0.88"));
      assert.ok(cluster.nodes.map(({ name }) => name).includes(node), node);
      assert.equal((await get(lab.client, "10.5.0.88")).status, 200);
    });

    it("stops announcing from excluded nodes if the values say so, and announces again from one that is no longer excluded", async () => {
      edited.write({
        pools: [{ name: "lab-dev", addresses: ["10.5.0.0/24"] }],
        advertisements,
        "metallb.values": { speaker: { ignoreExcludeLB: false } },
      });
      await up();
      await untilAnnouncedBy(undefined);
      await exclude(worker, "-");
      await untilAnnouncedBy(worker);
      await exclude(master, "-");
      await exclude(worker, "=");
      await untilAnnouncedBy(master);
    });
  });
});
