import * as fs from "node:fs";
import { parseHousehold } from "../../network/household";
import { largeHousehold } from "./household";

/** What one process needed. */
export interface PlanRound {
  readonly seconds: number;
  /** In MiB, with Node.js itself. */
  readonly peak: number;
}

const files = largeHousehold();
const begun = performance.now();
parseHousehold(files);
const seconds = (performance.now() - begun) / 1000;
// Not getrusage's figure: on Linux that one begins with what the parent of the process had.
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1];
console.log(JSON.stringify({ seconds, peak: Number(peak) / 1024 } satisfies PlanRound));
