import assert from "node:assert/strict";
import * as fs from "node:fs";

import { DOCUMENT, PARTS, SAMPLES, withMeasurements, type Measurements } from "../../../../lab/cli/bench/record";

describe("the table of benchmarks", () => {
  const document = fs.readFileSync(DOCUMENT, "utf8");
  const committed = JSON.parse(fs.readFileSync(SAMPLES, "utf8")) as Required<Measurements>;

  it("is committed as made from the committed samples, which cover every part", () => {
    assert.deepEqual(Object.keys(committed), [...PARTS]);
    assert.equal(withMeasurements(document, committed), document);
  });

  it("has the median and the extremes, and when and where each part was measured", () => {
    const plan = {
      date: "2026-01-02",
      machine: "a machine",
      rows: [
        { what: "something", goal: "1 s", samples: [3, 1, 20, 2, 0.5], unit: "s" },
        { what: "its memory", goal: "", samples: [95.4], unit: "MiB" },
      ],
    } as const;
    const lines = withMeasurements(document, { plan }).split("\n");
    const from = lines.findIndex((line) => line.startsWith("| part"));
    assert.deepEqual(lines.slice(from, from + 6), [
      "| part | what       | goal | median (min to max)   | rounds |",
      "| ---- | ---------- | ---- | --------------------- | ------ |",
      "| plan | something  | 1 s  | 2.0 s (0.5 s to 20 s) | 5      |",
      "| plan | its memory |      | 95 MiB                | 1      |",
      "",
      "- plan: measured 2026-01-02 on a machine",
    ]);
  });

  it("has the ratio to what each thing is compared with, and the time of each stage", () => {
    const compare = {
      date: "2026-01-02",
      machine: "a machine",
      rows: [],
      comparisons: [{ what: "up", samples: [3, 1, 2], beside: { what: "helm", samples: [1.5, 1.6, 1.7] }, most: 1.5 }],
      phases: [
        {
          what: "up",
          stages: [
            { stage: "start", samples: [0.1, 0.3, 0.2] },
            { stage: "end", samples: [1, 2, 3] },
          ],
        },
        { what: "preview", stages: [{ stage: "start", samples: [1] }] },
      ],
    } as const;
    const lines = withMeasurements(document, { compare }).split("\n");
    const from = lines.findIndex((line) => line.startsWith("| what"));
    assert.deepEqual(lines.slice(from, from + 9), [
      "| what | median (min to max)    | compared with | median (min to max)    | ratio | goal        | rounds |",
      "| ---- | ---------------------- | ------------- | ---------------------- | ----- | ----------- | ------ |",
      "| up   | 2.0 s (1.0 s to 3.0 s) | helm          | 1.6 s (1.5 s to 1.7 s) | 1.25  | at most 1.5 | 3      |",
      "",
      "| where the time goes | up    | preview |",
      "| ------------------- | ----- | ------- |",
      "| start               | 0.2 s | 1.0 s   |",
      "| end                 | 2.0 s |         |",
      "",
    ]);
  });

  it("keeps the samples of other parts, and the text around the table", () => {
    const changed = withMeasurements(document, { ...committed, plan: { ...committed.plan, date: "2026-01-02" } });
    assert.equal(changed, document.replace(/(?<=^- plan: measured )\S+/m, "2026-01-02"));
    assert.notEqual(changed, document);
  });
});
