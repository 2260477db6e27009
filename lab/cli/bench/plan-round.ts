/** Parses and compares a number of stack files, in a process of its own: `plan-round.ts 200`. */
import * as fs from "node:fs";
import { parseHousehold } from "../../../config/household";
import { household } from "./household";

/** The time and memory of one process. */
export interface PlanRound {
  readonly seconds: number;
  /** In MiB, including Node.js itself. */
  readonly peak: number;
}

const [count] = process.argv.slice(2);
const files = household(Number(count));
const started = performance.now();
parseHousehold(files);
const seconds = (performance.now() - started) / 1000;
// Not getrusage's value: on Linux it includes the memory of the parent process.
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1];
console.log(JSON.stringify({ seconds, peak: Number(peak) / 1024 } satisfies PlanRound));
