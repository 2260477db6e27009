import assert from "node:assert/strict";

import type { NodeState } from "../../../cluster/diagnosis/cluster-state";
import { findGateway } from "../../../cluster/diagnosis/gateway";
import { devPlan } from "../../support/readings";

const plan = devPlan;

const node = (name: string, address: string, { isMaster = true, isReady = true } = {}): NodeState => ({
  name,
  addresses: [address, `fd00::${name}`],
  isMaster,
  isReady,
});

describe("the gateway compared with the cluster's nodes", () => {
  const other = node("m2", "192.168.50.12");
  const sick = node("m3", "192.168.50.13", { isReady: false });
  const worker = node("w1", "192.168.50.14", { isMaster: false });
  const label = "node-role.kubernetes.io/control-plane";

  for (const { title, nodes, rule, fix } of [
    {
      title: "an address that no node has",
      nodes: [other, sick, worker],
      rule: "no node of cluster lab-dev has this address",
      fix: "set it to the address of a Ready master: m2 (192.168.50.12, fd00::m2)",
    },
    {
      title: "a worker's address",
      nodes: [node("w0", "192.168.50.11", { isMaster: false }), other, node("m4", "192.168.50.15")],
      rule: "w0 has this address and is no master",
      fix: "set it to the address of a Ready master: m2 (192.168.50.12, fd00::m2), m4 (192.168.50.15, fd00::m4)",
    },
    {
      title: "the address of a master that is not Ready",
      nodes: [node("m1", "192.168.50.11", { isReady: false }), other],
      rule: "m1 has this address and is not Ready",
      fix: "set it to the address of a Ready master: m2 (192.168.50.12, fd00::m2)",
    },
    {
      title: "a cluster without a Ready master",
      nodes: [node("m1", "192.168.50.11", { isReady: false }), sick, worker],
      rule: "m1 has this address and is not Ready",
      fix: `cluster lab-dev has no Ready master: start one, or label it ${label}`,
    },
    {
      title: "a cluster without a node",
      nodes: [],
      rule: "no node of cluster lab-dev has this address",
      fix: `cluster lab-dev has no Ready master: start one, or label it ${label}`,
    },
  ]) {
    it(`reports ${title}`, () =>
      assert.deepEqual(findGateway(plan(), nodes), { path: "gateway.addresses[0]", value: '"192.168.50.11"', rule, fix }));
  }

  it("accepts the address of any Ready master", () =>
    assert.equal(findGateway(plan(), [worker, other, node("m1", "192.168.50.11")]), undefined));

  const withMode = (mode: string, ...nodes: NodeState[]) => findGateway(plan({ "gateway.mode": mode }), nodes);

  it("may be an unused address if the cluster announces it, and not a node's", () => {
    assert.equal(withMode("floating", other, worker), undefined);
    const finding = withMode("floating", node("m1", "192.168.50.11"));
    assert.equal(finding?.rule, "is node m1's own address");
  });

  it("is not checked if the next hop is external", () =>
    assert.deepEqual([withMode("external"), withMode("external", worker)], [undefined, undefined]));
});
