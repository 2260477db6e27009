import assert from "node:assert/strict";

import type { KubeObject } from "../../../cluster/manifests/kube-object";
import { deviations, describeDifference, plannedObjects } from "../../../cluster/manifests/planned-objects";
import { plannedStack } from "../../support/stacks";

const named = (changes: Readonly<Record<string, unknown>> = {}) =>
  plannedObjects(plannedStack(changes).plan).map(({ role, object: { kind, metadata } }) => `${role}: ${kind} ${metadata.name}`);

function poolWith(spec: Readonly<Record<string, unknown>>): string[] {
  const [pool] = plannedObjects(plannedStack().plan);
  assert.ok(pool);
  const live = { ...pool.object, spec: { ...(pool.object["spec"] as object), ...spec } } as KubeObject;
  return deviations(pool.object, live).map(describeDifference);
}

describe("the objects of a plan", () => {
  it("are pools and advertisements", () =>
    assert.deepEqual(named(), ["pool: IPAddressPool lab-dev", "advertisement: L2Advertisement pools"]));

  it("have the advertised services and the preferred nodes of an advertisement, and neither if the stack file has none", () => {
    const specOf = (changes: object) =>
      plannedObjects(plannedStack({ advertisements: [{ name: "pools", nodeSelectors: [{}], ...changes }] }).plan)[1]?.object["spec"];
    const selectors = {
      serviceSelectors: [{ matchLabels: { tier: "media" } }],
      preferredNodeSelectors: [{ weight: 100, preference: { matchLabels: { uplink: "fast" } } }],
    };
    const always = { ipAddressPools: ["lab-dev"], nodeSelectors: [{}] };
    assert.deepEqual(specOf(selectors), { ...always, ...selectors });
    assert.deepEqual(specOf({}), always);
  });

  it("include three more with a floating next hop", () => {
    const floating = named({ "gateway.mode": "floating", "gateway.addresses": ["192.168.50.60"] });
    assert.deepEqual(
      floating.slice(2).map((text) => text.split(" ").slice(0, 3).join(" ")),
      ["next hop: IPAddressPool", "next hop: L2Advertisement", "next hop: Service"],
    );
  });

  it("do not differ from live objects that match the plan", () => assert.deepEqual(poolWith({}), []));

  it("differ in a message with the actual and the planned value", () => {
    assert.deepEqual(poolWith({ addresses: ["10.5.0.0/25"], autoAssign: undefined, serviceAllocation: { priority: 1 } }), [
      'spec.addresses[0] is "10.5.0.0/25" and not "10.5.0.0/24"',
      "spec.autoAssign is missing: true",
      'spec.serviceAllocation is {"priority":1}, which is not planned',
    ]);
  });

  it("ignore the fields that a cluster adds to a service", () => {
    const { plan } = plannedStack({ "gateway.mode": "floating", "gateway.addresses": ["192.168.50.60"] });
    const service = plannedObjects(plan).find(({ object: { kind } }) => kind === "Service")?.object;
    assert.ok(service);
    const spec = service["spec"] as object;
    const live = { ...service, spec: { ...spec, clusterIP: "10.96.0.9" } } as KubeObject;
    assert.deepEqual(deviations(service, live), []);
    assert.notDeepEqual(deviations(service, { ...live, spec: { ...spec, type: "ClusterIP" } }), []);
  });
});
