/** Runs on loopback with the stand-in for an API server. tests/lifecycle/live-cluster.test.ts changes objects of a real one. */
import assert from "node:assert/strict";

import type { FieldOwner, KubeObject } from "../../cluster/manifests/kube-object";
import type { LiveMetadata } from "../../cluster/survey/missing-objects";
import type { Outputs } from "../../engine/state-contents";
import { restoreAltered } from "../../preflight/altered-objects";
import { ApiServer, base64, kubeconfigFor, Reply } from "../support/api-server";
import { listening } from "../support/program";
import { nothingLeft, routerStack } from "../support/router-stack";

const MANAGER = "pulumi-kubernetes-1a2b";
const PATH = "/apis/metallb.io/v1beta1/namespaces/metallb-system/l2advertisements/pools";
const applied: KubeObject = {
  apiVersion: "metallb.io/v1beta1",
  kind: "L2Advertisement",
  metadata: { name: "pools", namespace: "metallb-system" },
  spec: { ipAddressPools: ["lab-dev"] },
};
const own: FieldOwner = { manager: MANAGER, operation: "Apply", fieldsV1: { "f:spec": { "f:ipAddressPools": {} } } };
const patched: FieldOwner = { manager: "kubectl-patch", operation: "Update", fieldsV1: { "f:spec": { "f:interfaces": {} } } };

describe("an advertisement of the stack that another manager changed", () => {
  let server: ApiServer;
  /** The operations of each patch. */
  let patches: unknown[];

  beforeEach(async () => {
    patches = [];
    server = await ApiServer.start({
      "/apis/metallb.io/v1beta1": { resources: [{ name: "l2advertisements", kind: "L2Advertisement", namespaced: true }] },
    });
    server.change = ({ method, url, body }) => {
      assert.deepEqual([method, url], ["PATCH", `${PATH}?fieldManager=homelab-adopt`]);
      patches.push(JSON.parse(body));
      return new Reply(200, {});
    };
  });
  afterEach(() => server.stop());

  const serve = (spec: object, ...managedFields: FieldOwner[]): void => {
    server.answers[PATH] = { ...applied, metadata: { ...applied.metadata, resourceVersion: "7", managedFields }, spec };
  };
  async function restore(preview: boolean, seen?: LiveMetadata, inputs: KubeObject = applied) {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfigContent = { text: kubeconfigFor(cluster), folder: "/" };
    const stored = { ...inputs, metadata: { ...inputs.metadata, generation: 1 } };
    const outputs = { ...stored, __inputs: inputs, __fieldManager: MANAGER };
    const chart = { ...outputs, __inputs: { ...applied, apiVersion: "apps/v1", kind: "DaemonSet" } };
    const state = new Map<string, Outputs>([
      ["urn:1", outputs],
      ["urn:2", chart],
      ["urn:3", { output: "identity" }],
    ]);
    return listening(() => restoreAltered({ ...routerStack(), ...nothingLeft, kubeconfigContent, state }, preview, seen));
  }

  it("is reported by a preview, which changes nothing and leaves out the object's dry run", async () => {
    serve({ ipAddressPools: ["lab-dev"], interfaces: ["eth9"] }, own, patched);
    const { result, warnings } = await restore(true);
    assert.deepEqual(warnings, [
      'warning: [runtime] L2Advertisement metallb-system/pools was changed by kubectl-patch: spec.interfaces is ["eth9"], which the stack did not set; ' +
        "up restores it.",
    ]);
    assert.deepEqual([result, patches], [["L2Advertisement pools"], []]);
  });

  it("is restored by up, and the stack's manager gets the fields back", async () => {
    const written = { ...patched, fieldsV1: { "f:spec": { "f:interfaces": {}, "f:ipAddressPools": {} } } };
    serve({ ipAddressPools: ["x"], interfaces: ["eth9"] }, own, written);
    const { change } = server;
    const restored = { ...patched, manager: "homelab-adopt", fieldsV1: { "f:spec": { "f:ipAddressPools": {} } } };
    server.change = (request) => {
      serve({ ipAddressPools: ["lab-dev"] }, own, restored);
      return change(request, server.answers);
    };
    const { notes } = await restore(false);
    assert.match(notes[0] ?? "", /which the stack did not set; this run restores it\.$/);
    const version = { op: "replace", path: "/metadata/resourceVersion", value: "7" };
    const [values, owners] = patches as [unknown, { value: FieldOwner[] }[]];
    assert.deepEqual(values, [
      { op: "replace", path: "/spec/ipAddressPools", value: ["lab-dev"] },
      { op: "remove", path: "/spec/interfaces" },
      version,
    ]);
    assert.deepEqual(
      owners[0]?.value.map(({ manager }) => manager),
      [MANAGER],
    );
    assert.equal(patches.length, 2);
  });

  it("is compared by the server's keys if it is a definition of custom resources", async () => {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x";
    server.answers["/apis/apiextensions.k8s.io/v1"] = {
      resources: [{ name: "customresourcedefinitions", kind: "CustomResourceDefinition", namespaced: false }],
    };
    const definition = (schema: object) => ({
      ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "x" } },
      spec: { versions: [{ name: "v1", schema }] },
    });
    const inputs = definition({ x_kubernetes_list_type: "atomic", description: "a" });
    const owner = { manager: "kubectl", operation: "Update", fieldsV1: { "f:spec": { "f:versions": {} } } };
    const live = definition({ "x-kubernetes-list-type": "atomic", description: "b" });
    server.answers[path] = { ...live, metadata: { ...live.metadata, managedFields: [owner] } };
    const { warnings } = await restore(true, undefined, inputs);
    assert.match(warnings[0] ?? "", /x was changed by kubectl: spec\.versions is .*"b".* and not \[.*"x-kubernetes-list-type":"atomic"/);
    server.answers[path] = definition({ "x-kubernetes-list-type": "atomic", description: "a" });
    assert.deepEqual((await restore(true, undefined, inputs)).warnings, []);
  });

  it("is not read again if its metadata shows no change by others", async () => {
    serve({ ipAddressPools: ["lab-dev"] }, own);
    const seen = (metadata: object) => restore(true, new Map([[PATH, { name: "pools", resourceVersion: "6", ...metadata }]]));
    const lastUrl = () => server.requests.at(-1)?.url;
    await seen({ generation: 1, managedFields: [own] });
    assert.deepEqual(server.requests, []);
    await seen({ generation: 2, managedFields: [own] });
    assert.equal(lastUrl(), PATH);
    server.requests.splice(0);
    await seen({ generation: 1, managedFields: [own, patched] });
    assert.equal(lastUrl(), PATH);
  });

  it("is left to the engine where only the owner of a field is another one", async () => {
    serve({ ipAddressPools: ["lab-dev"] }, { ...patched, fieldsV1: { "f:spec": { "f:ipAddressPools": {} } } });
    const { notes } = await restore(false);
    assert.deepEqual(notes, [
      "info: [runtime] L2Advertisement metallb-system/pools has fields of this stack that kubectl-patch manages: this run takes them back.",
    ]);
    assert.equal(patches.length, 1, "the owners alone");
  });

  it("loses its former manager, if the stack took it over, so that the stack can change it", async () => {
    serve({ ipAddressPools: ["lab-dev"] }, own, { ...patched, fieldsV1: own.fieldsV1 ?? {} });
    const preview = await restore(true);
    // The plan of this stack has nodeSelectors too.
    assert.deepEqual([preview.result, preview.warnings, patches], [["L2Advertisement pools"], [], []]);
    const { notes } = await restore(false);
    const [owners] = patches as [{ value: FieldOwner[] }[]];
    assert.deepEqual(owners[0]?.value, [{ ...own, apiVersion: "metallb.io/v1beta1", fieldsType: "FieldsV1" }]);
    assert.deepEqual(notes, []);
  });

  it("keeps a label that a person added, which is named", async () => {
    const labelled = { ...patched, manager: "kubectl-label", fieldsV1: { "f:metadata": { "f:labels": { "f:team": {} } } } };
    server.answers[PATH] = {
      ...applied,
      metadata: { ...applied.metadata, labels: { team: "home" }, managedFields: [own, labelled] },
    };
    const { result, notes } = await restore(false);
    assert.deepEqual(notes, [
      "info: [runtime] L2Advertisement metallb-system/pools has metadata.labels.team, which kubectl-label added and this stack does not set.",
    ]);
    assert.deepEqual([result, patches], [[], []]);
  });

  it("is reported if the server refuses the change", async () => {
    serve({ ipAddressPools: ["x"] }, { ...patched, fieldsV1: { "f:spec": { "f:ipAddressPools": {} } } });
    server.change = () => 422;
    const { warnings } = await restore(false);
    assert.match(warnings[0] ?? "", /L2Advertisement metallb-system\/pools cannot be restored: .*refused with 422\.$/);
  });

  it("is nothing if no other manager wrote it, or it is gone", async () => {
    serve({ ipAddressPools: ["lab-dev"] }, own);
    assert.deepEqual((await restore(false)).result, []);
    delete server.answers[PATH];
    assert.deepEqual((await restore(false)).result, []);
    assert.deepEqual(patches, []);
  });
});
