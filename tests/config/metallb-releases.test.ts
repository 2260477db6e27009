import assert from "node:assert/strict";

import { DEFAULT_CHART, EARLIER_CHART, hasChange } from "../../config/metallb-releases";
import { parseStackConfig } from "../../config/parse";
import { devConfig } from "../support/stack-files";

describe("MetalLB's releases", () => {
  it("have a change from its first release on", () => {
    const having = ["0.9.9", "0.15.3", "0.16.1", "0.16.2", "0.16.10", "0.17.0", "1.0.0", "0.16.2-rc.1"].map(
      (version) => [version, hasChange("gossipKey", version)] as const,
    );
    assert.deepEqual(
      having.filter(([, has]) => has).map(([version]) => version),
      ["0.16.2", "0.16.10", "0.17.0", "1.0.0", "0.16.2-rc.1"],
    );
    assert.deepEqual(
      ["0.15.3", "0.16.0", "0.16.1"].map((version) => hasChange("serviceSelectors", version)),
      [false, true, true],
    );
  });

  it("are the newest by default, and an earlier one if the stack file says so", () => {
    const versionOf = (changes: Readonly<Record<string, unknown>> = {}) =>
      parseStackConfig("lab-dev", devConfig(changes)).plan.metallb.version;
    assert.equal(versionOf(), DEFAULT_CHART);
    assert.equal(versionOf({ "metallb.version": EARLIER_CHART }), EARLIER_CHART);
  });
});
