import assert from "node:assert/strict";

import type { KubeObject } from "../../../cluster/manifests/kube-object";
import { findUnmanaged } from "../../../cluster/diagnosis/unmanaged";
import { plannedStack } from "../../support/stacks";

const { plan } = plannedStack();
const object = (kind: string, name: string, spec: object = {}, manager = "kubectl-create"): KubeObject => ({
  apiVersion: "metallb.io/v1beta1",
  kind,
  metadata: {
    name,
    namespace: "metallb-system",
    managedFields: [
      { manager: "controller", subresource: "status", fieldsV1: { "f:spec": {} } },
      { manager, fieldsV1: { "f:spec": {} } },
    ],
  },
  spec,
});
const found = (one: KubeObject, own: readonly string[] = []) => findUnmanaged(plan, [one], new Set(own))[0];

describe("MetalLB objects that are not in the plan", () => {
  it("omit planned objects", () => {
    assert.deepEqual(findUnmanaged(plan, [object("IPAddressPool", "lab-dev"), object("L2Advertisement", "pools")], new Set()), []);
  });

  it("include a pool, with its addresses and its manager", () => {
    assert.deepEqual(found(object("IPAddressPool", "by-hand", { addresses: ["10.9.0.0/24", "10.8.0.0/24"] })), {
      id: "IPAddressPool metallb-system/by-hand",
      isOwn: false,
      manager: "kubectl-create",
      effect: "gives services 10.9.0.0/24, 10.8.0.0/24",
    });
  });

  it("are marked as the stack's own if its state has them", () => {
    const one = object("IPAddressPool", "former", { addresses: ["10.9.0.0/24"] });
    assert.equal(found(one, ["IPAddressPool former"])?.isOwn, true);
    assert.equal(found(one, ["L2Advertisement former"])?.isOwn, false);
  });

  it("include an object of another kind with a planned name", () => {
    assert.equal(found(object("BGPAdvertisement", "pools"))?.id, "BGPAdvertisement metallb-system/pools");
  });

  for (const { spec, effect } of [
    { spec: {}, effect: "announces lab-dev too" },
    { spec: { ipAddressPools: ["lab-dev", "other"] }, effect: "announces lab-dev too" },
    { spec: { ipAddressPools: ["other"] }, effect: undefined },
    { spec: { ipAddressPoolSelectors: [{ matchLabels: { a: "b" } }] }, effect: undefined },
  ]) {
    it(`include an advertisement with ${JSON.stringify(spec)}, which announces ${effect === undefined ? "none of the stack's pools" : "the stack's pool"}`, () => {
      assert.equal(found(object("L2Advertisement", "other", spec))?.effect, effect);
    });
  }
});
