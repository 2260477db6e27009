import assert from "node:assert/strict";

import { parseStackConfig } from "../../../config/parse";
import { findNextHopConflict, orderPools } from "../../../cluster/diagnosis/pool-order";
import { devPlan } from "../../support/readings";
import { devConfig } from "../../support/stack-files";

type Pools = Readonly<Record<string, readonly string[]>>;

/** Returns the order in which the pools of one plan become those of another. */
function order(before: Pools, after: Pools) {
  const pools = Object.entries(after).map(([name, addresses]) => ({ name, addresses, route: false }));
  const { plan } = parseStackConfig("lab-dev", devConfig({ pools }));
  const { steps, conflicts } = orderPools(
    plan.pools,
    Object.entries(before).map(([name, addresses]) => ({ name, addresses })),
  );
  return { steps: steps.map(({ pool, after, previousName }) => [pool.name, after, previousName]), conflicts };
}

const [first, low, high, next] = ["10.5.0.0/24", "10.5.0.0/25", "10.5.0.128/25", "10.5.1.0/24"] as const;
const overlap = "and until then MetalLB rejects pools that overlap";

describe("the order in which pools change", () => {
  for (const { title, before, after, steps } of [
    {
      title: "no order for new pools",
      before: {},
      after: { a: [first], b: [next] },
      steps: [
        ["a", [], undefined],
        ["b", [], undefined],
      ],
    },
    {
      title: "no order if no address moves between pools",
      before: { a: [first], b: [next] },
      after: { a: [low], b: [next] },
      steps: [
        ["a", [], undefined],
        ["b", [], undefined],
      ],
    },
    {
      title: "the pool that gives up an address before the one that gets it, also if it is listed later",
      before: { a: [next], b: [first] },
      after: { a: [next, high], b: [low] },
      steps: [
        ["b", [], undefined],
        ["a", ["b"], undefined],
      ],
    },
    {
      title: "a chain of pools that pass on addresses",
      before: { a: [low], b: [high], c: [next] },
      after: { a: [high], b: [next], c: ["10.5.2.0/24"] },
      steps: [
        ["c", [], undefined],
        ["b", ["c"], undefined],
        ["a", ["b"], undefined],
      ],
    },
    { title: "a renamed pool that replaces the old one", before: { a: [first] }, after: { b: [first] }, steps: [["b", [], "a"]] },
    {
      title: "a pool split under its own name",
      before: { a: [first] },
      after: { a: [low], b: [high] },
      steps: [
        ["a", [], undefined],
        ["b", ["a"], undefined],
      ],
    },
    {
      title: "a pool split into two other names: one replaces it, the other follows",
      before: { a: [first] },
      after: { b: [low], c: [high] },
      steps: [
        ["b", [], "a"],
        ["c", ["b"], undefined],
      ],
    },
    { title: "an IPv6 pool like any other", before: { a: ["fd00::/64"] }, after: { b: ["fd00::1-fd00::9"] }, steps: [["b", [], "a"]] },
    {
      title: "a removed pool that conflicts with no other",
      before: { a: [first], b: [next] },
      after: { a: [first] },
      steps: [["a", [], undefined]],
    },
  ]) {
    it(`is ${title}`, () => assert.deepEqual(order(before, after), { steps, conflicts: [] }));
  }

  it("is undefined if two pools exchange addresses", () =>
    assert.deepEqual(order({ a: [low], b: [high] }, { a: [high], b: [low] }).conflicts, [
      {
        path: "pools[0].addresses",
        value: '["10.5.0.128/25"]',
        rule: "pools a, b exchange addresses, and MetalLB rejects pools that overlap",
        fix: "do it in two steps: give a other addresses and run pulumi up, then write it as it is here",
      },
    ]));

  it("is undefined if a pool takes addresses from a removed one", () =>
    assert.deepEqual(order({ a: [low], b: [high] }, { a: [first] }).conflicts, [
      {
        path: "pools[0].addresses",
        value: '["10.5.0.0/24"]',
        rule: `takes over addresses of pool b, which is no longer in the plan and is deleted last, ${overlap}`,
        fix: "do it in two steps: leave out the addresses of b and run pulumi up, then write it here",
      },
    ]));

  it("does not turn the pool of the next hop into a planned pool", () =>
    assert.deepEqual(order({ "next-hop-10-5-0-9": ["10.5.0.9/32"] }, { a: [first] }).conflicts, [
      {
        path: "pools[0].addresses",
        value: '["10.5.0.0/24"]',
        rule: `takes over addresses of pool next-hop-10-5-0-9, which is no longer in the plan and is deleted last, ${overlap}`,
        fix: "do it in two steps: leave out the addresses of next-hop-10-5-0-9 and run pulumi up, then write it here",
      },
    ]));
});

describe("a floating next hop", () => {
  const hop = (mode: string) => devPlan({ "gateway.mode": mode, "gateway.addresses": ["192.168.50.240"] }).gateway;
  const current = [
    { name: "house", addresses: ["192.168.50.240-192.168.50.249"] },
    { name: "next-hop-192-168-50-240", addresses: ["192.168.50.240/32"] },
    { name: "lab-dev", addresses: ["10.5.0.0/24"] },
  ];

  it("conflicts with a pool of the LAN that contains its address", () =>
    assert.deepEqual(findNextHopConflict(hop("floating"), current), [
      {
        path: "gateway.addresses[0]",
        value: '"192.168.50.240"',
        rule: "pool house still has it in the cluster, and MetalLB rejects pools that overlap",
        fix: "do it in two steps: remove it from house and run pulumi up, then write it here",
      },
    ]));

  it("conflicts with no pool if only it has its address, or if the pool is unmanaged", () => {
    assert.deepEqual(findNextHopConflict(hop("floating"), current.slice(1)), []);
    assert.deepEqual(findNextHopConflict(hop("external"), current), []);
  });
});
