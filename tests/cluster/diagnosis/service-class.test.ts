import assert from "node:assert/strict";

import type { ServiceState } from "../../../cluster/diagnosis/cluster-state";
import { findReplacedHop, findUnhandled } from "../../../cluster/diagnosis/service-class";
import { plannedObjects } from "../../../cluster/manifests/planned-objects";
import { loadBalancerClassIn } from "../../../config/load-balancer-class";
import { devPlan } from "../../support/readings";
import { survey } from "../../support/surveys";

const CLASS = "home/metallb";
const withClass = { "metallb.values": { loadBalancerClass: CLASS } };
const shop: ServiceState = { name: "web/shop", addresses: ["10.5.0.1"], pool: "lab-dev" };
const find = (handledClass: string | undefined, services: ServiceState[], changes: Record<string, unknown> = withClass) =>
  findUnhandled(devPlan(changes), survey({ services, handledClass }));

describe("services of another class than MetalLB handles", () => {
  it("block an edit after which MetalLB would assign their address twice", () =>
    assert.deepEqual(find("", [shop, { ...shop, name: "web/blog", addresses: ["10.5.0.2"], loadBalancerClass: CLASS }]), {
      refusal: {
        path: "metallb.values.loadBalancerClass",
        value: `"${CLASS}"`,
        rule:
          `MetalLB will handle only services of class ${CLASS}, so it will no longer handle web/shop (10.5.0.1), and gives this address to ` +
          "other services",
        fix:
          "a service's class cannot be changed: set its type to ClusterIP, which gives the address back, and then to LoadBalancer with " +
          `loadBalancerClass: ${CLASS}`,
      },
    }));

  it("block it before MetalLB is installed, and for another class or none", () => {
    assert.ok(find(undefined, [shop]).refusal);
    assert.ok(find("home/other", [{ ...shop, loadBalancerClass: "home/other" }]).refusal);
    const { refusal } = find(CLASS, [{ ...shop, loadBalancerClass: CLASS }], {});
    assert.match(refusal?.rule ?? "", /^MetalLB will handle only services without a class, /);
    assert.deepEqual([refusal?.value, refusal?.fix.endsWith("with no loadBalancerClass")], ["nothing", true]);
  });

  it("cause a warning once MetalLB runs with the class, so that later edits are possible", () => {
    const { refusal, warning } = find(CLASS, [shop]);
    assert.equal(refusal, undefined);
    assert.equal(
      warning?.rule,
      `MetalLB handles only services of class ${CLASS}, so it does not handle web/shop (10.5.0.1), and gives this address to other services`,
    );
  });

  it("cause a warning if no pool of the plan has their addresses", () => {
    const { refusal, warning } = find("", [{ ...shop, addresses: ["10.9.0.1"] }]);
    assert.deepEqual([refusal, warning?.rule.endsWith("whose addresses no node announces then")], [undefined, true]);
  });

  it("are ignored if they have no address, or are the program's own next hop", () => {
    const hop = { name: "metallb-system/next-hop-192-168-50-240", pool: "next-hop-192-168-50-240", addresses: ["192.168.50.240"] };
    assert.deepEqual(find("", [{ ...shop, addresses: [] }, hop]), {});
  });
});

describe("the class in the chart's values", () => {
  it("is what Helm renders: a text or a number that is not empty", () => {
    for (const [value, expected] of [
      [CLASS, CLASS],
      [5, "5"],
      ["", undefined],
      [0, undefined],
      [null, undefined],
      [false, undefined],
    ] as const)
      assert.equal(loadBalancerClassIn({ loadBalancerClass: value }), expected);
    assert.equal(loadBalancerClassIn(), undefined);
  });

  const floating = { "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] };

  it("is set on the next hop's service, which is replaced if it has another one", () => {
    const ofHop = (changes: object) =>
      plannedObjects(devPlan({ ...floating, ...changes })).find(({ object }) => object.kind === "Service")?.object;
    assert.equal((ofHop(withClass)?.["spec"] as { loadBalancerClass?: string }).loadBalancerClass, CLASS);
    assert.ok(!("loadBalancerClass" in (ofHop({})?.["spec"] as object)));
    const hop = { name: "metallb-system/next-hop-192-168-50-240", pool: "x", addresses: [] };
    const replaced = (services: ServiceState[], changes: object = withClass) =>
      findReplacedHop(devPlan({ ...floating, ...changes }), survey({ services }));
    assert.deepEqual(replaced([hop]), ["Service next-hop-192-168-50-240"]);
    assert.deepEqual(replaced([{ ...hop, loadBalancerClass: CLASS }]), []);
    assert.deepEqual(replaced([{ ...hop, loadBalancerClass: CLASS }], { "metallb.values": {} }), ["Service next-hop-192-168-50-240"]);
    assert.deepEqual(replaced([]), []);
  });
});
