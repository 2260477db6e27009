/** Runs on loopback with the stand-in for an API server. tests/lifecycle/live-cluster.test.ts changes objects of a real one. */
import assert from "node:assert/strict";

import type { FieldOwner, KubeObject } from "../../cluster/manifests/kube-object";
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
  async function restore(preview: boolean) {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfigContent = { text: kubeconfigFor(cluster), folder: "/" };
    const outputs = { ...applied, __inputs: applied, __fieldManager: MANAGER };
    const chart = { ...outputs, __inputs: { ...applied, apiVersion: "apps/v1", kind: "DaemonSet" } };
    const state = new Map<string, Outputs>([
      ["urn:1", outputs],
      ["urn:2", chart],
      ["urn:3", { output: "identity" }],
    ]);
    return listening(() => restoreAltered({ ...routerStack(), ...nothingLeft, kubeconfigContent, state }, preview));
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
    serve({ ipAddressPools: ["lab-dev"], interfaces: ["eth9"] }, own, patched);
    const { notes } = await restore(false);
    assert.match(notes[0] ?? "", /which the stack did not set; this run restores it\.$/);
    const version = { op: "replace", path: "/metadata/resourceVersion", value: "7" };
    const [values, owners] = patches as [unknown, { value: FieldOwner[] }[]];
    assert.deepEqual(values, [{ op: "remove", path: "/spec/interfaces" }, version]);
    assert.deepEqual(
      owners[0]?.value.map(({ manager }) => manager),
      [MANAGER],
    );
    assert.equal(patches.length, 2);
  });

  it("is left to the engine where only the owner of a field is another one", async () => {
    serve({ ipAddressPools: ["lab-dev"] }, { ...patched, fieldsV1: { "f:spec": { "f:ipAddressPools": {} } } });
    const { notes } = await restore(false);
    assert.deepEqual(notes, [
      "info: [runtime] L2Advertisement metallb-system/pools has fields of this stack that kubectl-patch manages: this run takes them back.",
    ]);
    assert.equal(patches.length, 1, "the owners alone");
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
