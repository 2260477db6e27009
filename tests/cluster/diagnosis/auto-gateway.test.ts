import assert from "node:assert/strict";

import { chooseGateway } from "../../../cluster/diagnosis/auto-gateway";
import type { NodeState } from "../../../cluster/diagnosis/cluster-state";
import { devPlan } from "../../support/readings";

const { lan } = devPlan().router;
const node = (name: string, last: number, changes: Partial<NodeState> = {}): NodeState => {
  return { name, addresses: [`192.168.50.${last}`], isMaster: true, isReady: true, ...changes };
};
const choose = (nodes: readonly NodeState[], used?: string) => chooseGateway(nodes, lan, used);

describe("the next hop for gateway auto", () => {
  const three = [node("m2", 12), node("m1", 11), node("m3", 13)];

  it("is the first Ready master by name, and stays the same while that node is Ready", () => {
    assert.deepEqual(choose(three), { node: "m1", address: "192.168.50.11" });
    assert.deepEqual(choose(three, "192.168.50.13"), { node: "m3", address: "192.168.50.13" });
    assert.deepEqual(choose([node("m0", 10), ...three], "192.168.50.12"), { node: "m2", address: "192.168.50.12" });
  });

  it("moves to another master if its node is not Ready, is no master, or is gone", () => {
    for (const nodes of [
      [node("m1", 11, { isReady: false }), node("m2", 12)],
      [node("m1", 11, { isMaster: false }), node("m2", 12)],
      [node("m2", 12)],
    ])
      assert.deepEqual(choose(nodes, "192.168.50.11"), { node: "m2", address: "192.168.50.12" });
  });

  it("is an address on the router's LAN, whatever other addresses the node has", () => {
    const addresses = ["fd00::11", "10.0.0.11", "192.168.50.11"];
    assert.deepEqual(choose([node("m1", 0, { addresses })]), { node: "m1", address: "192.168.50.11" });
    assert.equal(choose([node("m1", 0, { addresses: addresses.slice(0, 2) })]), undefined);
  });
});
