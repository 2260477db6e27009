import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { pulumi } from "../support/lab";
import { sharedLab } from "../support/shared-lab";
import { printed, StackEdit } from "../support/stack-edit";

/** The parts of an engine event that are used here. */
interface EngineEvent {
  readonly diagnosticEvent?: { readonly message: string };
  readonly resourcePreEvent?: { readonly metadata: { readonly urn: string } };
}

const stack = "lab-dev";
const hook = "{ type filter hook output priority 0; }";

type Pools = Readonly<Record<string, readonly string[]>>;

describe("pools, and MetalLB's webhook that validates them", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;
  before(async () => {
    lab = await sharedLab(__filename);
    cluster = lab.cluster(stack);
    edited = new StackEdit(lab, stack);
  });
  afterEach(() => edited.reset());

  const poolsOf = async (cluster: Cluster): Promise<Pools> => {
    const { items } = JSON.parse(await cluster.kubectl(["get", "ipaddresspools", "--all-namespaces", "--output", "json"])) as {
      items: { metadata: { name: string }; spec: { addresses: string[] } }[];
    };
    return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.addresses]));
  };

  it("are created only when the webhook answers, even if the chart reports the controller ready earlier", async () => {
    edited.write({ "metallb.values": { controller: { readinessProbe: { enabled: false } } } });
    // Blocks only the API server's calls of the webhook, and not the probes of the chart's readiness.
    const table = `add table inet hold; add chain inet hold output ${hook}`;
    await cluster.master.exec(["nft", `${table}; add rule inet hold output tcp dport 9443 reject with tcp reset`]);
    const run = lab.engine.pulumi(["up", "--yes", "--skip-preview", "--json", "--non-interactive", "--stack", stack], {
      stdio: "pipe",
      reject: false,
    });
    let output = "";
    run.stdout?.on("data", (text: Buffer) => (output += text.toString()));
    const waits = "Waiting until MetalLB's webhook answers, before pools are created.";
    await until("the wait for the webhook", () => output.includes(waits), { deadline: 300_000 });
    const ready = await cluster.kubectl([
      "get",
      "deployment",
      "metallb-controller",
      "-n",
      "metallb-system",
      "-o",
      "jsonpath={.status.readyReplicas}",
    ]);
    assert.deepEqual([ready, await poolsOf(cluster)], ["1", {}]);
    await cluster.master.exec(["nft", "delete table inet hold"]);
    const { exitCode } = await run;
    assert.equal(exitCode, 0, output.slice(-2000));
    assert.deepEqual(await poolsOf(cluster), { [stack]: ["10.5.0.0/24"] });
    const events = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as EngineEvent);
    const waited = events.findIndex(({ diagnosticEvent }) => diagnosticEvent?.message.trim() === waits);
    const pool = events.findIndex(({ resourcePreEvent }) => resourcePreEvent?.metadata.urn.includes("IPAddressPool::") === true);
    assert.ok(waited >= 0 && waited < pool, `waited at event ${waited}, pool at ${pool}`);
  });

  describe("in use, when they are edited", () => {
    const write = (pools: Pools, protect = false): void =>
      edited.write({
        pools: Object.entries(pools).map(([name, addresses]) => ({ name, addresses, route: false, ...(protect ? { protect } : {}) })),
      });
    const address = (): Promise<string> =>
      cluster.kubectl(["get", "service", "shop", "-n", "web", "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}"]);
    const warnings = async (): Promise<string[]> =>
      printed(await pulumi(lab, stack, ["preview"])).filter((line) => line.startsWith("warning"));
    /** Deploys the pools, and asserts that nothing is left to do. */
    async function bring(pools: Pools): Promise<void> {
      await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
      assert.deepEqual(await poolsOf(cluster), pools);
      await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
    }

    /** Deploys the pools, unless the cluster has them from an earlier test. */
    async function startWith(pools: Pools): Promise<void> {
      write(pools);
      if (!isDeepStrictEqual(await poolsOf(cluster), pools)) await bring(pools);
    }

    before(async () => {
      const pools = { home: ["10.5.0.0/24"] };
      write(pools);
      await bring(pools);
      const service = { type: "LoadBalancer", ports: [{ port: 80 }], selector: { app: "shop" } };
      const items = [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } },
        { apiVersion: "v1", kind: "Service", metadata: { name: "shop", namespace: "web" }, spec: service },
      ];
      await cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
      await until("the service's address", async () => (await address()) === "10.5.0.1");
    });

    it("are split under their own name, even if all connections of the API server to the webhook are dead: the service keeps its address", async () => {
      const pools = { home: ["10.5.0.0/25"], games: ["10.5.0.128/25"] };
      write(pools);
      assert.deepEqual(await warnings(), []);
      // As when the controller's node has lost its power: only new connections pass.
      const rules = [
        "add set inet dead passing { type inet_service; }",
        "add rule inet dead output tcp dport 9443 ct state new add @passing { tcp sport }",
        "add rule inet dead output tcp dport 9443 tcp sport != @passing counter drop",
      ];
      await cluster.master.exec(["nft", ["add table inet dead", `add chain inet dead output ${hook}`, ...rules].join("; ")]);
      await bring(pools);
      const { stdout: table } = await cluster.master.exec(["nft", "list", "table", "inet", "dead"]);
      await cluster.master.exec(["nft", "delete table inet dead"]);
      assert.doesNotMatch(table, /counter packets 0 /);
      assert.equal(await address(), "10.5.0.1");
    });

    it("give a range to another: the service keeps its address", async () => {
      const pools = { games: ["10.5.0.128/25", "10.5.0.64/26"], home: ["10.5.0.0/26"] };
      write(pools);
      assert.deepEqual(await warnings(), []);
      await bring(pools);
      assert.equal(await address(), "10.5.0.1");
    });

    it("are replaced by a renamed one, and the service that loses its address is named before", async () => {
      const games = ["10.5.0.128/25", "10.5.0.64/26"];
      await startWith({ home: ["10.5.0.0/26"], games });
      const pools = { house: ["10.5.0.0/26"], games };
      write(pools);
      const [warning, ...more] = await warnings();
      assert.match(warning ?? "", /: 1 service will lose its address: web\/shop \(10\.5\.0\.1\); /);
      assert.deepEqual(more, []);
      await bring(pools);
    });

    it("are refused if two exchange addresses, or if a protected one would lose an address in use, and stay unchanged", async () => {
      const before = { house: ["10.5.0.0/26"], games: ["10.5.0.128/25", "10.5.0.64/26"] };
      await startWith(before);
      await until("the service's address", async () => (await address()) !== "");
      write({ house: ["10.5.0.128/25", "10.5.0.64/26"], games: ["10.5.0.0/26"] });
      await assert.rejects(pulumi(lab, stack, ["up", "--yes", "--skip-preview"]), /pools house, games exchange addresses/);
      write({ house: ["10.5.8.0/24"], games: ["10.5.9.0/24"] }, true);
      await assert.rejects(pulumi(lab, stack, ["preview"]), /protect = true: services would lose what they have from it: web\/shop/);
      assert.deepEqual(await poolsOf(cluster), before);
    });
  });
});
