import assert from "node:assert/strict";
import * as fs from "node:fs";

import { PARTS } from "../../../lab/cli/bench/record";
import { benchmarkTable, PAGE, readBenchmarks, withBenchmarks, type Benchmarks } from "../../../lab/cli/benchmarks-page";
import { failoverRound as round } from "../../support/failover-round";

const committed = readBenchmarks();
const page = fs.readFileSync(PAGE, "utf8");

const other = { ...round, fault: "router-reboot", gaps: [[0, 0.5]] } as const;
const interruption = { verb: "up", after: 1, seed: 1, delay: 0, providerSurvival: 0, next: "up", seconds: 1 } as const;
const all: Benchmarks = {
  bench: {
    compare: {
      date: "2026-01-02",
      machine: "a machine",
      rows: [],
      comparisons: [{ what: "up", samples: [3, 1, 2], beside: { what: "helm", samples: [1.5, 1.6, 1.7] }, most: 1.5 }],
    },
    plan: {
      date: "2026-01-04",
      machine: "another machine",
      rows: [
        { what: "something", goal: "1 s", samples: [3, 1, 20, 2, 0.5], unit: "s" },
        { what: "its memory", goal: "", samples: [95.4], unit: "MiB" },
      ],
    },
  },
  failover: {
    machine: "a machine",
    versions: { kubernetes: "v1", metallb: "v2" },
    runs: [round, { ...round, gaps: [[0.1, 7]] }, { ...round, mode: "node", gaps: [[0, 25]] }, other],
  },
  soak: {
    script: "abc",
    date: "2026-01-05",
    seed: 1,
    rounds: [],
    interruptions: {
      parts: "engine v3",
      date: "2026-01-06",
      seed: 1,
      rounds: [
        { ...interruption, at: "chart", problems: [] },
        { ...interruption, at: "pool", problems: ["a lock is left"] },
        { ...interruption, problems: [] },
      ],
    },
  },
};

describe("the page of benchmarks", () => {
  it("is committed as made from the committed samples, which cover every part", () => {
    assert.deepEqual(Object.keys(committed.bench), [...PARTS]);
    assert.equal(withBenchmarks(page, committed), page);
  });

  it("has one table of at most 20 lines", () => {
    assert.ok(benchmarkTable(committed).lines.length <= 20);
    assert.equal(page.match(/^\| -/gm)?.length, 1);
  });

  // Ten rounds of each fault take hours, so they are not measured again with each release.
  it("names the releases with which the failovers were measured", () => {
    const { kubernetes, metallb } = committed.failover.versions;
    assert.ok(page.includes(`, Kubernetes ${kubernetes} and MetalLB ${metallb}. `), "the page");
  });

  it("has a line for each measurement with a goal, each fault with an outage, and the rounds that passed", () => {
    assert.deepEqual(benchmarkTable(all).lines, [
      ["up", "2.0 s (1.0 s to 3.0 s)", "helm: 1.6 s", "ratio 1.25, at most 1.5"],
      ["something", "2.0 s (0.5 s to 20 s)", "", "at most 1 s"],
      ["no answer: the node loses its power", "7.0 s (5.0 s to 7.0 s)", "mode node: until repaired", "at most 10 s"],
      ["routes changed 150 times, the router rebooted after 50 of them", "0 of 0 passed", "", "all"],
      ["engine killed at each step of `pulumi up` and `destroy`, then run again", "1 of 2 passed", "", "all"],
    ]);
  });

  it("says when and where each part was measured, and which faults have short outages", () => {
    const text = withBenchmarks(page, all);
    assert.match(text, /^- Measured on a machine; another machine: compare 2026-01-02, plan 2026-01-04\.$/m);
    assert.match(text, /^- No answer: .*, 2026-01-03, Kubernetes v1 and MetalLB v2\. At most 1 s: the router reboots\.$/m);
    assert.match(text, /^- Routes changed: 2026-01-05\. Engine killed: 2026-01-06, engine v3\.$/m);
  });

  it("keeps the samples of other parts, and the text around the table", () => {
    const { bench } = committed;
    const changed = withBenchmarks(page, { ...committed, bench: { ...bench, plan: { ...bench.plan!, date: "2026-01-02" } } });
    assert.equal(changed, page.replace(/(?<=^- Measured .*plan )[\d-]+/m, "2026-01-02"));
    assert.notEqual(changed, page);
  });
});
