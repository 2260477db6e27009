import assert from "node:assert/strict";

import type { LabelSelector, PoolPlan } from "../../../config/plan";
import { matches } from "../../../cluster/manifests/selectors";
import { isStale, labelsFor, namespaceFor, probeEndpoints, PROBE_LIFE, probeService } from "../../../cluster/manifests/service-probe";
import { plannedStack } from "../../support/stacks";

const place = { namespace: "metallb-system", name: "homelab-network-trial-1" };

function poolOf(changes: Readonly<Record<string, unknown>> = {}) {
  const { plan } = plannedStack(changes);
  return { plan, pool: plan.pools[0] as PoolPlan };
}

describe("the probe service", () => {
  it("requests an address of its pool, opens no node port, and records its creator", () => {
    const { plan, pool } = poolOf();
    assert.deepEqual(probeService(plan, pool, place, "desk 42"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        ...place,
        labels: { "homelab-network/trial": "" },
        annotations: { "metallb.io/address-pool": "lab-dev", "homelab-network/made-by": "desk 42" },
      },
      spec: {
        type: "LoadBalancer",
        allocateLoadBalancerNodePorts: false,
        ipFamilyPolicy: "SingleStack",
        ipFamilies: ["IPv4"],
        ports: [{ name: "web", port: 80, protocol: "TCP" }],
      },
    });
  });

  it("has the class that MetalLB handles, and is IPv6 if the pool has nothing else", () => {
    const { plan, pool } = poolOf({
      "metallb.values": { loadBalancerClass: "homelab/metallb" },
      "pools[0].addresses": ["fd00:5::/120"],
      "pools[0].route": false,
    });
    const { spec } = probeService(plan, pool, place, "desk 42");
    assert.equal(spec.loadBalancerClass, "homelab/metallb");
    assert.deepEqual(spec.ipFamilies, ["IPv6"]);
  });

  it("has labels of the services that the pool's advertisements select, unless one of them is for all services", () => {
    const labels = (...advertisements: object[]) => {
      const { plan, pool } = poolOf({ advertisements });
      return probeService(plan, pool, place, "desk 42").metadata.labels;
    };
    const media = { name: "media", serviceSelectors: [{ matchLabels: { tier: "media" } }, { matchLabels: { tier: "games" } }] };
    assert.deepEqual(labels(media), { tier: "media", "homelab-network/trial": "" });
    assert.deepEqual(labels(media, { name: "all" }), { "homelab-network/trial": "" });
  });

  it("has an endpoint at a pod of any namespace, which is deleted with it", () => {
    const slice = probeEndpoints({ ...place, uid: "u1" }, { address: "10.244.0.9", port: 7472, node: "m1" });
    assert.deepEqual(slice.endpoints, [{ addresses: ["10.244.0.9"], conditions: { ready: true }, nodeName: "m1" }]);
    assert.equal(slice.addressType, "IPv4");
    assert.equal(slice.metadata.labels["kubernetes.io/service-name"], place.name);
    assert.deepEqual(slice.metadata.ownerReferences, [{ apiVersion: "v1", kind: "Service", name: place.name, uid: "u1" }]);
    assert.equal(probeEndpoints({ ...place, uid: "u1" }, { address: "fd00::9", port: 7472, node: "m1" }).addressType, "IPv6");
  });

  const namespaces = [
    { name: "games", labels: { tier: "fun" } },
    { name: "media", labels: { tier: "home" } },
    { name: "metallb-system", labels: {} },
  ];
  for (const { allocation, expected } of [
    { allocation: undefined, expected: "metallb-system" },
    { allocation: { serviceSelectors: [{ matchLabels: { app: "a" } }] }, expected: "metallb-system" },
    { allocation: { namespaces: ["media", "metallb-system"] }, expected: "metallb-system" },
    { allocation: { namespaces: ["media"] }, expected: "media" },
    { allocation: { namespaceSelectors: [{ matchLabels: { tier: "fun" } }] }, expected: "games" },
    { allocation: { namespaces: ["work"] }, expected: undefined },
  ]) {
    it(`of a pool for ${JSON.stringify(allocation) ?? "all"} is created in ${expected ?? "no namespace"}`, () => {
      const { pool } = poolOf();
      const restricted = { ...pool, ...(allocation === undefined ? {} : { serviceAllocation: allocation }) };
      assert.equal(namespaceFor(restricted, "metallb-system", namespaces), expected);
    });
  }

  for (const selector of [
    { matchLabels: { app: "web" } },
    { matchExpressions: [{ key: "app", operator: "In", values: ["a", "b"] }] },
    { matchExpressions: [{ key: "app", operator: "Exists" }] },
    {
      matchExpressions: [
        { key: "app", operator: "NotIn", values: ["a"] },
        { key: "gpu", operator: "DoesNotExist" },
      ],
    },
    { matchLabels: { app: "b" }, matchExpressions: [{ key: "app", operator: "In", values: ["a", "b"] }] },
  ] as const satisfies readonly LabelSelector[]) {
    it(`has labels that match ${JSON.stringify(selector)}`, () => assert.ok(matches(selector, labelsFor(selector))));
  }
});

describe("a stale probe service", () => {
  const alive = (process: number) => process === 42;
  for (const { title, maker, age, expected } of [
    { title: "is not one whose process is running on this machine", maker: "desk 42", age: 1, expected: false },
    { title: "is one whose process has ended on this machine", maker: "desk 43", age: 1, expected: true },
    { title: "is not one of another machine, whose processes are unknown", maker: "server 43", age: 1, expected: false },
    { title: "is one that is older than any probe", maker: "server 43", age: PROBE_LIFE + 1, expected: true },
    { title: "is not one without a recorded creator, until that age", maker: undefined, age: PROBE_LIFE, expected: false },
  ]) {
    it(title, () => assert.equal(isStale(maker, age, "desk", alive), expected));
  }
});
