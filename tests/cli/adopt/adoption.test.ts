import assert from "node:assert/strict";

import { withoutServerFields, isReleaseSecret, restore, transferOwnership } from "../../../cli/adopt/adoption";
import { ClusterObjects } from "../../../cluster/api/objects";
import { apiServerOf } from "../../../cluster/api/kubeconfig";
import type { FieldOwner, KubeObject, Metadata } from "../../../cluster/manifests/kube-object";
import { ApiServer, base64, kubeconfigFor } from "../../support/api-server";

const path = "/apis/metallb.io/v1beta1/namespaces/lb/ipaddresspools/home";
const helms: FieldOwner = {
  manager: "helm",
  operation: "Update",
  apiVersion: "metallb.io/v1beta1",
  fieldsV1: { "f:spec": { "f:addresses": {} } },
};
const pulumis: FieldOwner = { manager: "pulumi-kubernetes-1", operation: "Apply", fieldsV1: { "f:spec": { "f:addresses": {} } } };
const pool = (metadata: Partial<Metadata> = {}, spec: object = { addresses: ["10.5.0.0/24"] }): KubeObject => ({
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata: { name: "home", namespace: "lb", ...metadata },
  spec,
});
const live = (metadata: Partial<Metadata> = {}) => pool({ uid: "u", resourceVersion: "7", ...metadata });
const helmName = { "meta.helm.sh/release-name": "metallb" };

describe("an object that is adopted", () => {
  let server: ApiServer;
  let objects: ClusterObjects;
  beforeEach(async () => {
    const resources = [{ name: "ipaddresspools", kind: "IPAddressPool", namespaced: true }];
    server = await ApiServer.start({ "/apis/metallb.io/v1beta1": { resources } });
    server.change = () => 200;
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    objects = new ClusterObjects(apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev"));
  });
  afterEach(() => server.stop());
  const changes = () =>
    server.requests
      .filter(({ method }) => method === "PATCH")
      .map(({ url, body }) => ({ query: url.split("?")[1], content: JSON.parse(body) as { path: string; value: unknown }[] | KubeObject }));
  const patched = (index: number): Record<string, unknown> =>
    Object.fromEntries((changes()[index]?.content as { path: string; value: unknown }[]).map(({ path, value }) => [path, value]));

  it("is handed over and applied, so that fields of its installer alone are removed", async () => {
    server.answers[path] = live({ managedFields: [helms], annotations: { ...helmName, note: "mine" } });
    await transferOwnership(objects, pool(), "heir");
    assert.deepEqual(patched(0), {
      "/metadata/labels": {},
      "/metadata/annotations": { note: "mine" },
      "/metadata/managedFields": [{ ...helms, manager: "heir", operation: "Apply", fieldsType: "FieldsV1" }],
      "/metadata/resourceVersion": "7",
    });
    assert.deepEqual(changes()[1], { query: "fieldManager=heir&force=true", content: pool() });
  });

  it("is left alone once it is adopted, or if it does not exist", async () => {
    await transferOwnership(objects, pool(), "pulumi-kubernetes-1");
    server.answers[path] = live({ managedFields: [pulumis] });
    await transferOwnership(objects, pool(), "pulumi-kubernetes-1");
    assert.deepEqual(changes(), []);
  });

  for (const hidden of ["[secret]", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"]) {
    it(`is handed over, but not applied, if the CLI prints ${hidden} in place of a value`, async () => {
      server.answers[path] = live({ managedFields: [helms] });
      await transferOwnership(objects, pool({}, { addresses: [hidden] }), "heir");
      assert.deepEqual(
        changes().map(({ query }) => query),
        ["fieldManager=homelab-adopt"],
      );
    });
  }

  it("gets back its marks and its content, and its owners in a request of their own", async () => {
    const status: FieldOwner = { manager: "controller", operation: "Update", subresource: "status" };
    server.answers[path] = live({ managedFields: [pulumis, status], labels: { new: "1" } });
    const saved = pool({ uid: "u", managedFields: [helms], annotations: helmName, labels: { old: "1" } }, { addresses: ["10.5.0.0/25"] });
    assert.equal(await restore(objects, saved), "restored");
    assert.deepEqual(patched(0), {
      "/metadata/labels": { old: "1", new: "1" },
      "/metadata/annotations": helmName,
      "/spec": { addresses: ["10.5.0.0/25"] },
      "/metadata/resourceVersion": "7",
    });
    assert.deepEqual(patched(1), { "/metadata/managedFields": [status, helms], "/metadata/resourceVersion": "7" });
  });

  it("is not restored if it was replaced or deleted", async () => {
    assert.equal(await restore(objects, pool({ uid: "u" })), "gone");
    server.answers[path] = live();
    assert.equal(await restore(objects, pool({ uid: "other" })), "another");
    assert.deepEqual(changes(), []);
  });

  it("is recognised as a Helm release by its type, and is created again without fields that the server wrote", () => {
    const note = { ...pool({ uid: "u", resourceVersion: "7", managedFields: [helms], labels: { owner: "helm" } }), kind: "Secret" };
    assert.equal(isReleaseSecret({ ...note, type: "helm.sh/release.v1" }), true);
    assert.equal(isReleaseSecret({ ...note, type: "Opaque" }), false);
    assert.deepEqual(withoutServerFields(note).metadata, { name: "home", namespace: "lb", labels: { owner: "helm" } });
  });
});
