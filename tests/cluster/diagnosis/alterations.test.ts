import assert from "node:assert/strict";

import { alterationText, findAltered } from "../../../cluster/diagnosis/alterations";
import type { Fields, KubeObject } from "../../../cluster/manifests/kube-object";

const OWN = "pulumi-kubernetes-1a2b";
const spec = (...keys: string[]): Fields => ({ "f:spec": Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) });
const labels = (...keys: string[]): Fields => ({
  "f:metadata": { "f:labels": { ".": {}, ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) } },
});

/** Returns an object as the stack applied it, or as the cluster has it, with the fields of each manager. */
function object(content: object, owners: Readonly<Record<string, Fields>> = {}, metadata: object = {}): KubeObject {
  const managedFields = Object.entries(owners).map(([manager, fieldsV1]) => ({ manager, operation: "Update", fieldsV1 }));
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "L2Advertisement",
    metadata: { name: "pools", namespace: "metallb-system", ...metadata, managedFields },
    spec: content,
  };
}

const applied = object({ ipAddressPools: ["lab-dev"], autoAssign: true });
const find = (live: KubeObject, of = applied) => {
  const { alterations, claimants, additions } = findAltered(live, of);
  return {
    alterations: alterations.map((one) => `${one.manager}: ${alterationText(one)}`),
    claimants,
    additions: additions.map(({ keys }) => keys),
  };
};
const nothing = { alterations: [], claimants: [], additions: [] };

describe("an object of the stack, compared with what the stack applied,", () => {
  it("has no alteration if only Pulumi, the program and MetalLB's own status wrote it", () => {
    const live = object(
      { ipAddressPools: ["lab-dev"], autoAssign: true },
      { [OWN]: spec("ipAddressPools", "autoAssign"), "homelab-network": spec("autoAssign") },
    );
    const status = {
      manager: "controller",
      operation: "Update",
      subresource: "status",
      fieldsV1: { "f:status": {}, ...spec("autoAssign") },
    };
    const managedFields = [...(live.metadata.managedFields ?? []), status];
    assert.deepEqual(find({ ...live, metadata: { ...live.metadata, managedFields } }), nothing);
  });

  it("has no alteration if the plan has changed since, and no other manager wrote the object", () =>
    assert.deepEqual(find(object({ ipAddressPools: ["other"], autoAssign: true }, { [OWN]: spec("ipAddressPools") })), nothing));

  it("has a field that the stack does not set, which no refresh shows", () =>
    assert.deepEqual(
      find(object({ ipAddressPools: ["lab-dev"], autoAssign: true, interfaces: ["eth9"] }, { "kubectl-patch": spec("interfaces") })),
      {
        ...nothing,
        alterations: ['kubectl-patch: spec.interfaces is ["eth9"], which the stack did not set'],
      },
    ));

  it("has no alteration by the server's own finalizer of a namespace that existed before the stack", () => {
    const namespace = (finalizers: readonly string[]): KubeObject => {
      const owners = { [OWN]: labels("a"), "before-first-apply": spec("finalizers") };
      return { ...object({ finalizers }, owners), apiVersion: "v1", kind: "Namespace" };
    };
    const without = { ...object({}), apiVersion: "v1", kind: "Namespace" };
    assert.deepEqual(find(namespace(["kubernetes"]), without), nothing);
    const other = 'before-first-apply: spec.finalizers is ["mine"], which the stack did not set';
    assert.deepEqual(find(namespace(["mine"]), without).alterations, [other]);
    assert.equal(find({ ...namespace(["kubernetes"]), kind: "Other" }, without).alterations.length, 1);
  });

  it("has such a field at its outermost part", () => {
    const live = object(
      { ipAddressPools: ["lab-dev"], autoAssign: true, serviceAllocation: { priority: 1, namespaces: ["web"] } },
      { kubectl: { "f:spec": { "f:serviceAllocation": { ".": {}, "f:priority": {}, "f:namespaces": {} } } } },
    );
    assert.deepEqual(find(live).alterations, [
      'kubectl: spec.serviceAllocation is {"priority":1,"namespaces":["web"]}, which the stack did not set',
    ]);
  });

  it("has another value of a field that the stack sets, by any manager", () =>
    assert.deepEqual(
      find(object({ ipAddressPools: ["x"], autoAssign: true }, { [OWN]: spec("autoAssign"), dashboard: spec("ipAddressPools") })),
      {
        ...nothing,
        alterations: ['dashboard: spec.ipAddressPools is ["x"] and not ["lab-dev"]'],
        claimants: ["dashboard"],
      },
    ));

  it("has an owner of its field only, after a refresh took the value over into the state", () =>
    assert.deepEqual(find(object({ ipAddressPools: ["lab-dev"], autoAssign: true }, { "kubectl-patch": spec("autoAssign") })), {
      ...nothing,
      claimants: ["kubectl-patch"],
    }));

  it("has no alteration if another manager set the same value, and Pulumi owns the field too", () => {
    const shared = object(
      { ipAddressPools: ["lab-dev"], autoAssign: true },
      { [OWN]: spec("ipAddressPools", "autoAssign"), kubectl: spec("autoAssign") },
    );
    assert.deepEqual(find(shared), nothing);
  });

  it("has a list with keys as a whole, and ignores what the server adds to its items", () => {
    const ports = (...more: object[]) => [{ name: "a", port: 1, protocol: "TCP", targetPort: 1 }, ...more];
    const service = object({ ports: [{ name: "a", port: 1, protocol: "TCP" }] });
    const owner = (port: number): Fields => ({
      "f:spec": { "f:ports": { [`k:{"port":${port},"protocol":"TCP"}`]: { ".": {}, "f:port": {} } } },
    });
    assert.deepEqual(find(object({ ports: ports() }, { "kubectl-edit": owner(1) }), service).alterations, []);
    const live = object({ ports: ports({ name: "b", port: 2, protocol: "TCP" }) }, { "kubectl-edit": owner(2) });
    assert.match(
      find(live, service).alterations[0] ?? "",
      /^kubectl-edit: spec\.ports is \[.*"port":2.*\] and not \[\{"name":"a","port":1,"protocol":"TCP"\}\]$/,
    );
  });

  it("has the stack's labels restored, and labels that a person added named; marks and controllers' labels do not count", () => {
    const enforce = "pod-security.kubernetes.io/enforce";
    const namespace = object({}, {}, { labels: { [enforce]: "privileged" } });
    const live = object(
      {},
      {
        "kubectl-label": labels(enforce, "team", "kubernetes.io/metadata.name"),
        rancher: labels("project"),
        helm: labels("app.kubernetes.io/managed-by"),
      },
      {
        labels: {
          [enforce]: "restricted",
          team: "home",
          "kubernetes.io/metadata.name": "x",
          project: "p",
          "app.kubernetes.io/managed-by": "Helm",
        },
      },
    );
    assert.deepEqual(find(live, namespace), {
      alterations: [`kubectl-label: metadata.labels.${enforce} is "restricted" and not "privileged"`],
      claimants: ["kubectl-label"],
      additions: [["metadata", "labels", "team"]],
    });
  });
});
