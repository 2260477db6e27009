import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { figuresOf, percentile } from "../../../../lab/cli/failover/figures";
import type { Run } from "../../../../lab/cli/failover/samples";
import { failoverTable } from "../../../../lab/cli/failover/table";
import { drawFailover, type Failover } from "../../../../lab/cli/failover/timeline";
import { failoverRound } from "../../../support/failover-round";
import { ROOT } from "../../../support/stack-files";

const round: Run = {
  ...failoverRound,
  date: "2026-01-02",
  gaps: [
    [-1, 0.2],
    [0.1, 5],
    [7, 0.3],
    [21, 1.5],
  ],
  conflict: 0.25,
};

describe("the figures of a failover", () => {
  it("are the longest pauses before and after the repair, and the last failed request", () => {
    const figures = { outage: 5, unended: false, onReturn: 1.5, lastFailure: 9.5, failed: 0.25 };
    assert.deepEqual(figuresOf(round), figures);
  });

  it("mark an outage that only the repair ended", () => {
    const figures = figuresOf({ ...round, gaps: [[0, 25]] });
    assert.deepEqual([figures.outage, figures.unended, figures.onReturn], [25, true, 0]);
  });

  it("ignore pauses that ended before the fault", () => {
    assert.equal(figuresOf({ ...round, gaps: [[-3, 2]] }).outage, 0);
  });

  it("have measured values as percentiles", () => {
    const values = [10, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    assert.deepEqual([percentile(values, 0.5), percentile(values, 0.95), percentile([7], 0.5)], [5, 10, 7]);
  });
});

describe("the table of failovers", () => {
  const node: Run = { ...round, mode: "node", gaps: [[0, 25]], conflict: 0 };

  it("has one line for each fault and mode that was measured", () => {
    assert.deepEqual(failoverTable([round, node, { ...round, gaps: [[0.1, 7]] }]).lines, [
      ["the node loses its power", "node", "until repaired", "until repaired", "9.5 s", "9.5 s", "none", "none", "1"],
      ["the node loses its power", "floating", "5.0 s", "7.0 s", "9.5 s", "9.5 s", "1.5 s", "0.3 s", "2"],
    ]);
  });
});

describe("the committed failovers", () => {
  it("are drawn in the committed picture", () => {
    const failover = JSON.parse(fs.readFileSync(path.join(ROOT, "docs", "benchmarks", "failover-timeline.json"), "utf8")) as Failover;
    assert.equal(drawFailover(failover), fs.readFileSync(path.join(ROOT, "docs", "failover.svg"), "utf8"));
  });
});
