import assert from "node:assert/strict";

import { tablesOf } from "../../../../lab/cli/bench/record";
import { forMarkdown } from "../../../../report/table";

describe("the tables that the benchmark prints", () => {
  it("have the median and the extremes", () => {
    const plan = {
      date: "2026-01-02",
      machine: "a machine",
      rows: [
        { what: "something", goal: "1 s", samples: [3, 1, 20, 2, 0.5], unit: "s" },
        { what: "its memory", goal: "", samples: [95.4], unit: "MiB" },
      ],
    } as const;
    assert.deepEqual(tablesOf({ plan }).map(forMarkdown), [
      [
        "| part | what       | goal | median (min to max)   | rounds |",
        "| ---- | ---------- | ---- | --------------------- | ------ |",
        "| plan | something  | 1 s  | 2.0 s (0.5 s to 20 s) | 5      |",
        "| plan | its memory |      | 95 MiB                | 1      |",
      ].join("\n"),
    ]);
  });

  it("have the ratio to what each thing is compared with, and the time of each stage", () => {
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
    assert.deepEqual(tablesOf({ compare }).map(forMarkdown), [
      [
        "| what | median (min to max)    | compared with | median (min to max)    | ratio | goal        | rounds |",
        "| ---- | ---------------------- | ------------- | ---------------------- | ----- | ----------- | ------ |",
        "| up   | 2.0 s (1.0 s to 3.0 s) | helm          | 1.6 s (1.5 s to 1.7 s) | 1.25  | at most 1.5 | 3      |",
      ].join("\n"),
      [
        "| where the time goes | up    | preview |",
        "| ------------------- | ----- | ------- |",
        "| start               | 0.2 s | 1.0 s   |",
        "| end                 | 2.0 s |         |",
      ].join("\n"),
    ]);
  });
});
