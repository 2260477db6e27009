import assert from "node:assert/strict";

import { longestGap, failures, Prober } from "../../lab/prober/prober";
import type { Cluster } from "../../lab/cluster";
import { deployEverywhere } from "../../lab/failover/workload";
import type { Lab } from "../../lab/lab";
import { hardwareAddress } from "../../lab/lan";
import { Progress } from "../../lab/progress";
import { get } from "../../lab/proof";
import { until } from "../../lab/wait";
import { endLab, raiseLab } from "../support/lab";
import { untilNodesTakePods } from "../support/nodes";
import { RoutedStack } from "../support/routed-stack";
import { printed } from "../support/stack-edit";

const stack = "lab-dev";
const floating = "192.168.50.240";

describe("a next hop that MetalLB announces, on three masters", () => {
  let lab: Lab;
  let cluster: Cluster;
  let routed: RoutedStack;
  let url: string;

  before(async () => {
    lab = await raiseLab("test-floating", { stacks: [stack], masters: 3 });
    cluster = lab.cluster(stack);
    routed = new RoutedStack(lab, stack);
    await untilNodesTakePods(cluster);
    await routed.up();
    url = await deployEverywhere(lab, stack);
  });
  after(() => endLab(lab));

  const mode = (mode: string, address: string): void => routed.edited.write({ "gateway.mode": mode, "gateway.addresses": [address] });
  const warnings = async (): Promise<string[]> => printed(await routed.preview()).filter((line) => line.startsWith("warning"));
  /** Returns the node to which the router sends a next hop's packets. */
  const owner = async (address = floating): Promise<string | undefined> => {
    const line = await routed.router(`ping -c 1 -W 1 ${address} >/dev/null; ip neigh show ${address}`);
    return cluster.nodes.find(({ host }) => line.includes(` ${hardwareAddress(host)} `))?.name;
  };
  const pools = (hop: string): string =>
    ["lab-dev", `next-hop-${hop.replaceAll(".", "-")}`].map((name) => `ipaddresspool.metallb.io/${name}`).join("\n");
  /** Runs work while a client sends requests to the service. @returns the share of failed requests */
  async function underLoad(what: string, work: () => Promise<unknown>): Promise<number> {
    const prober = await Prober.start(lab.client, url);
    await work().finally(() => prober.stop());
    const failed = failures(prober.samples).length;
    const gap = (longestGap(prober.samples)?.length ?? 0) / 1000;
    console.log(`      ${what}: ${failed} of ${prober.samples.length} requests failed, longest gap ${gap.toFixed(2)} s`);
    return failed / prober.samples.length;
  }
  /** Asserts that at most one request fails: the kernel's table lacks the route for an instant. */
  async function unnoticed(what: string, work: () => Promise<unknown>): Promise<void> {
    const share = await underLoad(what, work);
    assert.ok(share <= 0.02, `${(share * 100).toFixed(1)} % of the requests failed`);
  }

  it("is refused if another host has the address, and nothing changes", async () => {
    const before = await routed.state();
    const { address } = lab.topology.client;
    mode("floating", address);
    const rule = "already answers on the router's LAN, so another host has it";
    const fix = "use a free address of the LAN, outside of what the router hands out by DHCP";
    const finding = `${routed.at(`- ${address}`)}gateway.addresses[0] = "${address}": ${rule}; ${fix}`;
    assert.equal(await routed.refusal(routed.preview()), finding);
    mode("floating", "192.168.50.12");
    const own = await routed.failure(routed.preview());
    assert.match(own, /"192\.168\.50\.12": is node lab-dev-master-2's own address; use an address of the LAN that is free/);
    assert.deepEqual(await routed.state(), before);
  });

  it("replaces a node's address, and a client does not notice", async () => {
    mode("floating", floating);
    assert.deepEqual(await warnings(), []);
    await unnoticed("node to floating", () => routed.up());
    const { live, list } = await routed.state();
    assert.deepEqual(live, [`10.5.0.0/24 via ${floating} dev br0 metric 1`]);
    assert.match(list, new RegExp(`^<10\\.5\\.0\\.0>255\\.255\\.255\\.0>${floating}>0>LAN$`));
    assert.ok(await owner(), "no node has the next hop");
    await routed.nothingToDo();
  });

  it("moves to another master when its own loses power, and the client is served again", async () => {
    // For up to five minutes, a client follows an earlier redirect of the router to the node's own address.
    const way = async (): Promise<string> => (await lab.client.exec(["ip", "route", "get", new URL(url).hostname])).stdout;
    console.log(`      the client's way before it forgets redirects: ${(await way()).split("\n")[0]}`);
    await lab.client.exec(["ip", "route", "flush", "cache"]);
    const first = await owner();
    const lost = cluster.nodes.find(({ name }) => name === first);
    assert.ok(lost);
    await underLoad(`${first} off`, async () => {
      await lost.host.powerOff();
      await until("another owner", async () => {
        const now = await owner();
        return now !== undefined && now !== first;
      });
      await until("an answer", async () => (await get(lab.client, new URL(url).hostname)).status === 200);
    });
    await lab.up(new Progress());
    await until("all nodes to be Ready", async () => {
      const ready = await Promise.all(cluster.nodes.map(({ name }) => cluster.readiness(name)));
      return ready.every((status) => status === "True");
    });
    await until("a preview with nothing to do", () => routed.nothingToDo().then(() => true));
  });

  it("is reported by preview if no node announces it", async () => {
    await cluster.kubectl([
      "patch",
      "l2advertisement",
      `next-hop-${floating.replaceAll(".", "-")}`,
      "-n",
      "metallb-system",
      "--type=merge",
      "--patch",
      '{"spec":{"nodeSelectors":[{"matchLabels":{"no":"node"}}]}}',
    ]);
    const silent = /no node announces it: no host answers on the router's LAN \(br0\); start a master's speaker/;
    await until("the warning", async () => (await warnings()).some((line) => silent.test(line)));
    await routed.up("--refresh");
    await until("the next hop to be back", async () => (await owner()) !== undefined);
    assert.deepEqual(await warnings(), []);
  });

  it("is replaced by another address, which is announced before the route leads there, and a client does not notice", async () => {
    const other = "192.168.50.250";
    mode("floating", lab.topology.client.address);
    assert.match(await routed.refusal(routed.preview()), /already answers on the router's LAN/);
    mode("floating", other);
    assert.deepEqual(await warnings(), []);
    await unnoticed(`${floating} to ${other}`, () => routed.up());
    assert.deepEqual((await routed.state()).live, [`10.5.0.0/24 via ${other} dev br0 metric 1`]);
    assert.ok(await owner(other), "no node has the next hop");
    assert.equal(await cluster.kubectl(["get", "ipaddresspools", "-n", "metallb-system", "-o", "name"]), pools(other));
    mode("floating", floating);
    // For half a minute, the router's neighbour table still has the address.
    await until("a preview that finds it free again", () => routed.preview().then(() => true));
    await unnoticed(`${other} to ${floating}`, () => routed.up());
    await routed.nothingToDo();
  });

  it("is not given to a pool of the LAN before the route has left it", async () => {
    const before = await routed.state();
    routed.edited.write({ "pools.1": { name: "house", addresses: [`${floating}-${floating}`], route: false } });
    const two =
      "takes over addresses of pool next-hop-192-168-50-240, which is no longer in the plan and is deleted last, and until then MetalLB rejects pools that overlap";
    assert.ok((await routed.refusal(routed.preview())).includes(two));
    assert.deepEqual(await routed.state(), before);
  });

  it("is replaced by a node's address again, and a client does not notice, and nothing of it is left", async () => {
    routed.edited.reset();
    assert.deepEqual(await warnings(), []);
    await unnoticed("floating to node", () => routed.up());
    assert.deepEqual((await routed.state()).live, ["10.5.0.0/24 via 192.168.50.11 dev br0 metric 1"]);
    const left = await cluster.kubectl(["get", "ipaddresspools,l2advertisements,services", "-n", "metallb-system", "-o", "name"]);
    assert.doesNotMatch(left, /next-hop/);
    await routed.nothingToDo();
  });

  it("is any Ready master if the file says auto, and stays there until that is not Ready", async () => {
    const [first, second] = cluster.nodes;
    assert.ok(first && second);
    mode("node", "auto");
    const chosen = (text: string): string => `The next hop is ${text}.`;
    assert.ok(printed(await routed.nothingToDo()).includes(chosen("192.168.50.11, of master lab-dev-master")));
    await first.host.exec(["sh", "-c", 'kill -KILL "$(cat /run/kubelet.pid)"']);
    await cluster.awaitReadiness(first.name, "Unknown");
    const moved = "192.168.50.12, of master lab-dev-master-2; it was 192.168.50.11, which is no longer a Ready master's";
    assert.ok(printed(await routed.preview()).includes(chosen(moved)));
    await unnoticed("auto to another master", () => routed.up());
    assert.deepEqual((await routed.state()).live, ["10.5.0.0/24 via 192.168.50.12 dev br0 metric 1"]);
    await first.startKubelet();
    await cluster.awaitReadiness(first.name, "True");
    assert.ok(printed(await routed.nothingToDo()).includes(chosen("192.168.50.12, of master lab-dev-master-2")));
  });
});
