/** Parses and compares so many stack files, in a process of its own: `plan-round.ts 200`; with a word after it, makes tables and picture of them too. */
import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "../../../config/project";
import { parseHousehold } from "../../../config/household";
import { withTables } from "../../../report/document";
import { nextPool } from "../../../report/next";
import { drawPlan } from "../../../report/picture/picture";
import { rowsOf } from "../../../report/rows";
import { household } from "./household";

/** What one process needed. */
export interface PlanRound {
  readonly seconds: number;
  /** In MiB, with Node.js itself. */
  readonly peak: number;
}

const [count, draws] = process.argv.slice(2);
const files = household(Number(count));
const document = draws === undefined ? undefined : fs.readFileSync(path.join(repository, "docs", "plan.md"), "utf8");
const started = performance.now();
const plans = parseHousehold(files).map(({ plan }) => plan);
if (document !== undefined) {
  withTables(document, rowsOf(plans, nextPool(plans)));
  drawPlan(plans);
}
const seconds = (performance.now() - started) / 1000;
// Not getrusage's figure: on Linux that one begins with what the parent of the process had.
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1];
console.log(JSON.stringify({ seconds, peak: Number(peak) / 1024 } satisfies PlanRound));
