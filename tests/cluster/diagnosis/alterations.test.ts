import assert from "node:assert/strict";

import { alterationsText, findAltered } from "../../../cluster/diagnosis/alterations";
import { fieldText } from "../../../cluster/manifests/fields";
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
const find = (live: KubeObject, of = applied, recorded?: KubeObject) => {
  const { alterations, claimants, sharers, additions } = findAltered(live, of, recorded);
  return {
    alterations: alterations.map((one) => `${one.manager}: ${alterationsText([one])}`),
    claimants,
    sharers,
    additions: additions.map(({ path }) => fieldText(path)),
  };
};
const nothing = { alterations: [], claimants: [], sharers: [], additions: [] };

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

  it("has no alteration by what the server sets in a definition that another tool created before the stack", () => {
    const definition = (conversion?: object): KubeObject => {
      const owners = { [OWN]: spec("group"), "kubectl-client-side-apply": spec(...(conversion === undefined ? [] : ["conversion"])) };
      return { ...object({ group: "metallb.io", ...(conversion && { conversion }) }, owners), kind: "CustomResourceDefinition" };
    };
    assert.deepEqual(find(definition({ strategy: "None" }), definition()), nothing);
    assert.equal(find(definition({ strategy: "Webhook" }), definition()).alterations.length, 1);
    const service = (port?: number): object => ({
      strategy: "Webhook",
      webhook: { clientConfig: { service: { name: "a", ...(port && { port }) } } },
    });
    const live = definition(service(443));
    const owner = { f: { "f:spec": { "f:conversion": { "f:webhook": { "f:clientConfig": { "f:service": { "f:port": {} } } } } } } };
    const managedFields = [{ manager: "kubectl-client-side-apply", operation: "Update", fieldsV1: owner.f }];
    const created = { ...live, metadata: { ...live.metadata, managedFields } };
    assert.deepEqual(find(created, definition(service())), nothing);
    assert.equal(find({ ...created, spec: { conversion: service(444) } }, definition(service())).alterations.length, 1);
  });

  it("has no label named that was there when the stack took the object over", () => {
    const live = object({}, { "kubectl-client-side-apply": labels("app", "team") }, { labels: { app: "metallb", team: "home" } });
    const recorded = object({}, {}, { labels: { app: "metallb", team: "other" } });
    assert.deepEqual(find(live, object({}), recorded).additions, ["metadata.labels.team"]);
    assert.deepEqual(find(live, object({})).additions, ["metadata.labels.app", "metadata.labels.team"]);
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

  it("has a second owner if another manager set the same value, and Pulumi owns the field too", () => {
    const shared = object(
      { ipAddressPools: ["lab-dev"], autoAssign: true },
      { [OWN]: spec("ipAddressPools", "autoAssign"), kubectl: spec("autoAssign") },
    );
    assert.deepEqual(find(shared), { ...nothing, sharers: ["kubectl"] });
  });

  it("has single items of a list with keys, and ignores what the server adds to them", () => {
    const ports = (...more: object[]) => [{ name: "a", port: 1, protocol: "TCP", targetPort: 1 }, ...more];
    const service = object({ ports: [{ name: "a", port: 1 }] });
    const owner = (port: number, ...keys: string[]): Fields => ({
      "f:spec": {
        "f:ports": {
          [`k:{"port":${port},"protocol":"TCP"}`]: { ".": {}, ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) },
        },
      },
    });
    assert.deepEqual(find(object({ ports: ports() }, { "kubectl-edit": owner(1) }), service), nothing);
    assert.deepEqual(find(object({ ports: ports() }, { "kubectl-edit": owner(1, "port") }), service), {
      ...nothing,
      claimants: ["kubectl-edit"],
    });
    const live = object({ ports: ports({ name: "b", port: 2, protocol: "TCP" }) }, { "kubectl-edit": owner(2, "name", "port") });
    assert.deepEqual(find(live, service).alterations, [
      'kubectl-edit: spec.ports[2/TCP] is {"name":"b","port":2,"protocol":"TCP"}, which the stack did not set',
    ]);
  });

  it("has an added key of a map that counts as one field", () => {
    const live = object({ nodeSelector: { os: "linux", disk: "ssd" } }, { kubectl: spec("nodeSelector") });
    assert.deepEqual(find(live, object({ nodeSelector: { os: "linux" } })).alterations, [
      'kubectl: spec.nodeSelector is {"os":"linux","disk":"ssd"} and not {"os":"linux"}',
    ]);
  });

  it("has a number of replicas that was set by kubectl scale, with or without a field manager", () => {
    const live = object({ ipAddressPools: ["lab-dev"], autoAssign: true, replicas: 0 });
    const scaled = { manager: "kubectl", operation: "Update", subresource: "scale", fieldsV1: spec("replicas") };
    assert.deepEqual(find({ ...live, metadata: { ...live.metadata, managedFields: [scaled] } }).alterations, [
      "kubectl: spec.replicas is 0, which the stack did not set",
    ]);
    const stored = object({ ...(applied["spec"] as object), replicas: 1 });
    assert.deepEqual(find(live, applied, stored).alterations, ["another manager: spec.replicas is 0, which the stack did not set"]);
    assert.deepEqual(find(stored, applied, stored), nothing);
  });

  it("has a field that was removed, unless the server never stored it", () => {
    const env = (...names: string[]) => names.map((name) => ({ name, value: name }));
    const then = object({ env: env("A", "B"), host: true, unknown: 1, empty: [] });
    const stored = object({ env: env("A", "B"), host: true, status: {} });
    const removed = (live: object) => find(object(live), then, stored).alterations;
    assert.deepEqual(removed({ env: env("A", "B", "C"), host: true }), []);
    assert.deepEqual(removed({ env: env("B"), host: true }), ['another manager: spec.env[A] is missing: {"name":"A","value":"A"}']);
    assert.deepEqual(removed({ env: env("A", "B") }), ["another manager: spec.host is missing: true"]);
  });

  it("has no alteration by a restart of its pods, or by the certificates that MetalLB writes", () => {
    const restart = { "kubectl.kubernetes.io/restartedAt": "2026-11-30T00:00:00Z" };
    const template = { metadata: { labels: { app: "metallb" }, annotations: restart } };
    const keys = { "f:metadata": { "f:annotations": { ".": {}, "f:kubectl.kubernetes.io/restartedAt": {} } } };
    const live = object(
      { template, clientConfig: { caBundle: "Q0E=" } },
      {
        "kubectl-rollout": { "f:spec": { "f:template": keys } },
        controller: { "f:spec": { "f:clientConfig": { "f:caBundle": {} } } },
      },
    );
    const deployed = object({ template: { metadata: { labels: { app: "metallb" } } }, clientConfig: {} });
    assert.deepEqual(find(live, deployed), nothing);
    const noted = { ...template, metadata: { ...template.metadata, annotations: { ...restart, note: "mine" } } };
    const more = { "f:spec": { "f:template": { "f:metadata": { "f:annotations": { "f:note": {} } } } } };
    assert.deepEqual(find(object({ template: noted }, { kubectl: more }), deployed).alterations, [
      'kubectl: spec.template.metadata.annotations.note is "mine", which the stack did not set',
    ]);
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
      sharers: [],
      additions: ["metadata.labels.team"],
    });
  });
});
