import assert from "node:assert/strict";

import { isTolerated } from "../../../cluster/manifests/taints";

const taint = { key: "example.com/upkeep", value: "now", effect: "NoSchedule" };

describe("a taint", () => {
  for (const { tolerations, expected } of [
    { tolerations: [{ key: taint.key, operator: "Exists" }], expected: true },
    { tolerations: [{ key: taint.key, value: "now" }], expected: true },
    { tolerations: [{ key: taint.key, operator: "Equal", value: "now", effect: "NoSchedule" }], expected: true },
    { tolerations: [{ operator: "Exists" }], expected: true },
    {
      tolerations: [
        { key: "example.com/other", operator: "Exists" },
        { key: taint.key, operator: "Exists" },
      ],
      expected: true,
    },
    { tolerations: [{ key: "example.com/other", operator: "Exists" }], expected: false },
    { tolerations: [{ key: taint.key, operator: "Exists", effect: "NoExecute" }], expected: false },
    { tolerations: [{ key: taint.key }], expected: false },
    { tolerations: [{ key: taint.key, value: "later" }], expected: false },
    { tolerations: [null], expected: false },
    { tolerations: [], expected: false },
    { tolerations: undefined, expected: false },
    { tolerations: "all", expected: false },
  ]) {
    it(`is ${expected ? "" : "not "}tolerated by ${JSON.stringify(tolerations)}`, () =>
      assert.equal(isTolerated(taint, tolerations), expected));
  }

  it("without a value is tolerated by a toleration without one", () => {
    assert.ok(isTolerated({ key: "a", effect: "NoExecute" }, [{ key: "a" }]));
  });
});
