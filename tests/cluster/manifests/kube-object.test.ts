import assert from "node:assert/strict";

import { contentOf, differences, idOf } from "../../../cluster/manifests/kube-object";

describe("an object of a cluster", () => {
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "b" }, data: { c: "d" }, status: {} };

  it("is identified by kind, namespace and name", () => {
    assert.equal(idOf(object), "Secret b/a");
    assert.equal(idOf({ kind: "Namespace", metadata: { name: "b" } }), "Namespace b");
  });

  it("has all fields but name and status as content", () => assert.deepEqual(contentOf(object), { data: { c: "d" } }));
});

describe("differences", () => {
  const paths = (from: unknown, to: unknown): string[] => differences(from, to).map(({ path }) => path);

  it("are none between equal values, in any order, and with empty fields omitted", () => {
    assert.deepEqual(differences({ a: 1, b: { c: [] } }, { b: {}, a: 1 }), []);
    assert.deepEqual(differences({ a: null }, {}), []);
  });

  it("have their paths and both values", () =>
    assert.deepEqual(differences({ spec: { a: 1, b: [1, 2] } }, { spec: { b: [1, 3], c: "x" } }), [
      { path: "spec.a", from: 1, to: undefined },
      { path: "spec.b[1]", from: 2, to: 3 },
      { path: "spec.c", from: undefined, to: "x" },
    ]));

  it("match list items by name, not by index", () => {
    const [speaker, frr] = [{ name: "speaker", args: ["--a"] }, { name: "frr" }];
    assert.deepEqual(paths([frr, speaker], [speaker]), ["[frr]"]);
    assert.deepEqual(paths([speaker], [{ ...speaker, args: ["--b"] }]), ["[speaker].args[0]"]);
  });

  it("contain lists of another length as a whole", () => assert.deepEqual(paths({ a: [1] }, { a: [1, 2] }), ["a"]));
});
