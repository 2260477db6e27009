import assert from "node:assert/strict";

import type { KubeObject } from "../../../cluster/manifests/kube-object";
import { definitionNotes } from "../../../report/diff/definitions";

const schema = (spec: object) => ({ openAPIV3Schema: { type: "object", properties: { spec: { type: "object", ...spec } } } });
const fields = { properties: { addresses: { type: "array", items: { type: "object", properties: { cidr: { type: "string" } } } } } };
const definition = (...versions: readonly object[]): KubeObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "pools.metallb.io" },
  spec: { versions },
});
const notes = (before: object, ...after: readonly object[]) =>
  definitionNotes([definition(before)], [definition(...after)]).map(({ note }) => note);

const version = { name: "v1", served: true, storage: true, schema: schema(fields) };

describe("the notes on custom resource definitions", () => {
  it("are none for the same definition, a new field or a new version", () => {
    assert.deepEqual(notes(version, version), []);
    assert.deepEqual(
      notes(version, { ...version, schema: schema({ properties: { ...fields.properties, more: { type: "string" } } }) }),
      [],
    );
    assert.deepEqual(notes(version, version, { name: "v2", served: true }), []);
  });

  it("name a definition that is removed, because its objects go with it", () => {
    assert.deepEqual(definitionNotes([definition(version)], []), [
      { definition: "pools.metallb.io", note: "is removed, and the cluster deletes every object of its kind with it" },
    ]);
  });

  it("name a version that is removed, not served or not stored any more", () => {
    assert.deepEqual(notes(version, { name: "v2" }), ["version v1 is removed: objects and programs must use another version first"]);
    assert.deepEqual(notes(version, { ...version, served: false }), [
      "version v1 is not served any more: programs must use another version first",
    ]);
    assert.deepEqual(notes(version, { ...version, storage: false }), ["version v1 is not the stored version any more"]);
  });

  it("are none for the status, which only controllers write", () => {
    const withStatus = { openAPIV3Schema: { properties: { status: { properties: { assigned: { type: "integer" } } } } } };
    assert.deepEqual(notes({ ...version, schema: withStatus }, { ...version, schema: { openAPIV3Schema: {} } }), []);
  });

  it("name fields that are removed, required or of another type", () => {
    assert.deepEqual(notes(version, { ...version, schema: schema({ properties: {} }) }), ["v1: spec.addresses is removed"]);
    assert.deepEqual(notes(version, { ...version, schema: schema({ ...fields, required: ["addresses"] }) }), [
      "v1: spec.addresses is required now",
    ]);
    const items = { type: "object", properties: { cidr: { type: "integer" } } };
    assert.deepEqual(notes(version, { ...version, schema: schema({ properties: { addresses: { type: "array", items } } }) }), [
      "v1: spec.addresses[].cidr is of type integer, and was of type string",
    ]);
  });
});
