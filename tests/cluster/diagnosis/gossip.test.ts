import assert from "node:assert/strict";

import type { Survey } from "../../../cluster/diagnosis/cluster-state";
import { findMisconfigurations } from "../../../cluster/diagnosis/misconfigurations";
import { devPlan, lineOf } from "../../support/readings";
import { node, survey } from "../../support/surveys";

const warnings = (changes: Partial<Survey>, config: Record<string, unknown> = {}) =>
  findMisconfigurations(devPlan(config), survey(changes)).map(lineOf);

describe("a change between releases of MetalLB whose speakers do not hear each other", () => {
  const floating = { "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] };
  const running = { chart: "0.15.3", nodes: [node("m1"), node("m2")] };

  it("is a warning of two owners of the floating next hop, in both directions", () => {
    const [said = "", ...more] = warnings(running, floating);
    assert.match(
      said,
      /^metallb\.version = "0\.16\.2": cluster lab-dev runs chart 0\.15\.3, whose speakers exchange no gossip with those of 0\.16\.2/,
    );
    assert.match(said, /two masters answer for the floating next hop 192\.168\.50\.240 until every speaker is replaced/);
    assert.deepEqual(more, []);
    assert.equal(warnings({ ...running, chart: "0.16.2" }, { ...floating, "metallb.version": "0.15.3" }).length, 1);
  });

  it("is no warning without a floating next hop, on one master, or within one side of the change", () => {
    assert.deepEqual(warnings(running), []);
    assert.deepEqual(warnings({ ...running, nodes: [node("m1")] }, floating), []);
    assert.deepEqual(warnings({ ...running, chart: undefined }, floating), []);
    assert.deepEqual(warnings({ ...running, chart: "0.16.1" }, { ...floating, "metallb.version": "0.15.3" }), []);
    assert.deepEqual(warnings({ ...running, chart: "0.17.0" }, floating), []);
  });
});
