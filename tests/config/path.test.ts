import assert from "node:assert/strict";

import fc from "fast-check";

import { pathKeys, pathText } from "../../config/path";

describe("key paths", () => {
  it("have the format of pulumi config set --path", () => {
    assert.equal(pathText(["pools", 0, "addresses", 1]), "pools[0].addresses[1]");
    assert.equal(pathText(["matchLabels", "kubernetes.io/hostname"]), 'matchLabels["kubernetes.io/hostname"]');
  });

  it("are the same after writing and parsing", () => {
    const keys = fc.array(fc.oneof(fc.nat(99), fc.stringMatching(/^[a-zA-Z-]{1,9}$/), fc.string({ minLength: 1 })), { minLength: 1 });
    fc.assert(fc.property(keys, (path) => assert.deepEqual(pathKeys(pathText(path)), path)));
  });
});
