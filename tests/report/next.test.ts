import assert from "node:assert/strict";

import { nextGateway, nextPool } from "../../report/next";
import { fixture, household, type Sketch } from "./household";

/** Returns stacks with one pool each, by pool and gateway. */
const stacks = (...pairs: [pool: string, gateway: string][]): Record<string, Sketch> =>
  Object.fromEntries(pairs.map(([pool, gateway], index) => [`s${index}`, { pools: [{ name: `p${index}`, addresses: [pool] }], gateway }]));

describe("the next pool", () => {
  const cases: [what: string, pools: string[], next: string | undefined][] = [
    ["the /24 of the next /16", ["10.5.0.0/24", "10.6.0.0/24"], "10.7.0.0/24"],
    ["after the highest network, not in the gap", ["10.9.0.0/24", "10.5.0.0/24"], "10.10.0.0/24"],
    ["after the end of a large network", ["10.4.0.0/14"], "10.8.0.0/24"],
    ["after a small network", ["10.6.1.0/28"], "10.7.0.0/24"],
    ["not in kubeadm's service network, 10.96.0.0/12", ["10.95.0.0/24"], "10.112.0.0/24"],
    ["not in flannel's pod network, 10.244.0.0/16", ["10.243.0.0/24"], "10.245.0.0/24"],
    ["the next /24 in 192.168.0.0/16, and not the LAN", ["192.168.49.0/24"], "192.168.51.0/24"],
    ["none after the end of 10.0.0.0/8", ["10.255.0.0/24"], undefined],
    ["none after the end of 172.16.0.0/12", ["172.31.0.0/24"], undefined],
    ["none after the end of 192.168.0.0/16", ["192.168.255.0/24"], undefined],
  ];
  for (const [what, pools, next] of cases) {
    it(`${what}: after ${pools.join(", ")} comes ${next ?? "none"}`, () => {
      const pairs = pools.map((pool, index): [string, string] => [pool, `192.168.50.${11 + index}`]);
      assert.equal(nextPool(household(stacks(...pairs)))?.text, next);
    });
  }

  it("is 10.5.0.0/24 without other pools", () => assert.equal(nextPool([])?.text, "10.5.0.0/24"));

  it("skips reserved networks and pools without a route", () => {
    const plans = household({
      s0: {
        pools: [
          { name: "p", addresses: ["10.5.0.0/24"] },
          { name: "q", addresses: ["10.8.0.10-10.8.0.20"], route: false },
        ],
        gateway: "192.168.50.11",
        reserved: { others: ["10.6.0.0/16"], dhcp: ["10.7.0.7"] },
      },
    });
    assert.equal(nextPool(plans)?.text, "10.9.0.0/24");
  });
});

describe("the next gateway", () => {
  const cases: [what: string, gateways: string[], next: string | undefined][] = [
    ["with the distance of the last two", ["192.168.50.11", "192.168.50.21"], "192.168.50.31"],
    ["ten addresses after a single one", ["192.168.50.11"], "192.168.50.21"],
    ["the next address of a sequence", ["192.168.50.12", "192.168.50.13"], "192.168.50.14"],
    ["the next free one if the step leads out of the LAN", ["192.168.50.100", "192.168.50.250"], "192.168.50.251"],
    ["none at the end of the LAN, whose last address is its broadcast address", ["192.168.50.254"], undefined],
  ];
  for (const [what, gateways, next] of cases) {
    it(`${what}: after ${gateways.join(", ")} comes ${next ?? "none"}`, () => {
      const pairs = gateways.map((gateway, index): [string, string] => [`10.${index + 5}.0.0/24`, gateway]);
      assert.equal(nextGateway(household(stacks(...pairs))), next);
    });
  }

  it("is not reserved, not in a pool, and not the router", () => {
    const plans = household({
      s0: {
        pools: [{ name: "lan", addresses: ["192.168.50.31"].map((address) => `${address}/32`), route: false }],
        gateway: "192.168.50.11",
        router: { host: "192.168.50.41" },
        reserved: { dhcp: ["192.168.50.20-192.168.50.29"] },
      },
    });
    assert.equal(nextGateway(plans), "192.168.50.51");
  });

  it("is undefined without another stack", () => assert.equal(nextGateway([]), undefined));

  it("is found among twenty clusters", () => assert.equal(nextGateway(fixture("twenty-clusters")), "192.168.50.32"));
});
