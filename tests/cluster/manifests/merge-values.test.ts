import assert from "node:assert/strict";

import { mergeValues } from "../../../cluster/manifests/merge-values";

describe("chart values", () => {
  it("are merged key by key, and the user's have priority", () => {
    const base = { speaker: { frr: { enabled: false }, ignoreExcludeLB: true } };
    assert.deepEqual(mergeValues(base, { speaker: { frr: { image: "x" }, ignoreExcludeLB: false } }), {
      speaker: { frr: { enabled: false, image: "x" }, ignoreExcludeLB: false },
    });
  });

  it("replace lists, scalars and null as a whole", () => {
    const base = { list: [1, 2], text: "a", object: { a: 1 }, gone: { a: 1 } };
    assert.deepEqual(mergeValues(base, { list: [3], text: { b: 1 }, object: "c", gone: null }), {
      list: [3],
      text: { b: 1 },
      object: "c",
      gone: null,
    });
  });

  it("do not change their inputs", () => {
    const base = { a: { b: 1 } };
    const over = { a: { c: 2 } };
    mergeValues(base, over);
    assert.deepEqual([base, over], [{ a: { b: 1 } }, { a: { c: 2 } }]);
  });
});
