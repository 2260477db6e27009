import assert from "node:assert/strict";

import type { ClusterState } from "../../../cluster/diagnosis/cluster-state";
import { findLosses, findProtected } from "../../../cluster/diagnosis/lost-addresses";
import { devPlan } from "../../support/readings";

const plan = devPlan;

describe("services compared with the pools of the plan", () => {
  const service = (name: string, pool: string, ...addresses: string[]) => ({ name, pool, addresses });
  const cluster = (services: ClusterState["services"], pools: string[] = ["lab-dev"]): ClusterState => ({ nodes: [], services, pools });
  const fix = "keep what they have in their pools, or expect new ones";

  it("are named if no pool contains their address any more, and only then", () => {
    const services = [
      service("web/blog", "lab-dev", "10.5.0.127"),
      service("web/shop", "lab-dev", "10.5.0.128"),
      service("dns/pihole", "lab-dev", "10.5.0.254", "10.5.0.5"),
      service("dns/waiting", "lab-dev"),
    ];
    assert.deepEqual(findLosses(plan({ "pools[0].addresses": ["10.5.0.0/25"] }), cluster(services)), {
      path: "pools",
      value: '["10.5.0.0/25"]',
      rule: "2 services will lose their addresses: web/shop (10.5.0.128), dns/pihole (10.5.0.254)",
      fix,
    });
  });

  it("are named if their pool is no longer in the plan", () => {
    const found = findLosses(plan(), cluster([service("web/shop", "old", "10.9.0.1")], ["lab-dev", "old"]));
    assert.equal(found?.rule, "1 service will lose its address: web/shop (10.9.0.1)");
  });

  it("are ignored if their address is from an unmanaged pool", () =>
    assert.equal(findLosses(plan(), cluster([service("web/shop", "by-hand", "10.9.0.1")])), undefined));

  it("are named if their address moves to another pool, which gets it only after the first pool releases it", () => {
    const pools = [
      { name: "web", addresses: ["10.5.0.0/25"] },
      { name: "lan", addresses: ["192.168.50.200-192.168.50.210", "fd00:5::/64"], route: false },
    ];
    const services = [service("a/b", "lab-dev", "10.5.0.7"), service("c/d", "web", "192.168.50.210", "fd00:5::1")];
    assert.equal(
      findLosses(plan({ pools }), cluster(services))?.rule,
      "2 services will lose their addresses: a/b (10.5.0.7), c/d (192.168.50.210, fd00:5::1)",
    );
  });

  it("are refused for a protected pool alone", () => {
    const pools = [
      { name: "lab-dev", addresses: ["10.5.0.0/25"], protect: true },
      { name: "web", addresses: ["10.5.1.0/25"] },
    ];
    const services = [service("a/b", "lab-dev", "10.5.0.200"), service("c/d", "web", "10.5.1.200"), service("e/f", "lab-dev", "10.5.0.7")];
    assert.deepEqual(findProtected(plan({ pools }), cluster(services)), [
      {
        path: "pools[0].protect",
        value: "true",
        rule: "services would lose what they have from it: a/b (10.5.0.200)",
        fix: "keep the pool and these addresses in it, or set it to false for this edit",
      },
    ]);
    const renamed = [{ name: "new", addresses: ["10.5.0.0/24"], protect: true }];
    assert.equal(
      findProtected(plan({ pools: renamed }), cluster(services))[0]?.rule,
      "services would lose what they have from it: a/b (10.5.0.200), e/f (10.5.0.7)",
    );
  });

  it("lose an address that their pool now avoids", () => {
    const services = [
      service("a/b", "lab-dev", "10.5.0.0"),
      service("c/d", "lab-dev", "10.5.0.255"),
      service("e/f", "lab-dev", "10.5.0.10"),
    ];
    assert.match(findLosses(plan(), cluster(services))?.rule ?? "", /a\/b \(10\.5\.0\.0\), c\/d \(10\.5\.0\.255\)$/);
    assert.equal(findLosses(plan({ "pools[0].avoidBuggyIPs": false }), cluster(services)), undefined);
  });
});
