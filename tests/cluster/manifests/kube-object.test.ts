import assert from "node:assert/strict";

import { contentOf, differences, idOf } from "../../../cluster/manifests/kube-object";

describe("an object of a cluster", () => {
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "b" }, data: { c: "d" }, status: {} };

  it("is called by kind, namespace and name", () => {
    assert.equal(idOf(object), "Secret b/a");
    assert.equal(idOf({ kind: "Namespace", metadata: { name: "b" } }), "Namespace b");
  });

  it("is about all but names and status", () => assert.deepEqual(contentOf(object), { data: { c: "d" } }));
});

describe("differences", () => {
  const paths = (from: unknown, to: unknown): string[] => differences(from, to).map(({ path }) => path);

  it("are none between values that say the same, in whatever order, and with what is empty left out", () => {
    assert.deepEqual(differences({ a: 1, b: { c: [] } }, { b: {}, a: 1 }), []);
    assert.deepEqual(differences({ a: null }, {}), []);
  });

  it("are named by their paths, with both values", () =>
    assert.deepEqual(differences({ spec: { a: 1, b: [1, 2] } }, { spec: { b: [1, 3], c: "x" } }), [
      { path: "spec.a", from: 1, to: undefined },
      { path: "spec.b[1]", from: 2, to: 3 },
      { path: "spec.c", from: undefined, to: "x" },
    ]));

  it("go by the names of items, not by their places", () => {
    const [speaker, frr] = [{ name: "speaker", args: ["--a"] }, { name: "frr" }];
    assert.deepEqual(paths([frr, speaker], [speaker]), ["[frr]"]);
    assert.deepEqual(paths([speaker], [{ ...speaker, args: ["--b"] }]), ["[speaker].args[0]"]);
  });

  it("take lists of other length as a whole", () => assert.deepEqual(paths({ a: [1] }, { a: [1, 2] }), ["a"]));
});
