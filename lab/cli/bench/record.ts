import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { writeAtomically } from "../../../config/files";
import { repository } from "../../../config/project";
import { median } from "./median";
import { drawComparisons } from "./plot";
import type { Comparison, Row } from "./samples";
import { duration } from "../../../report/duration";
import { forTerminal, type Table } from "../../../report/table";

/** The parts that can be measured alone, in the order of the table. */
export const PARTS = ["compare", "lab", "plan"] as const;
export type Part = (typeof PARTS)[number];

/** The number of rounds for measurements that do not take minutes. */
export const ROUNDS = 5;

/** The duration of each stage of some runs, in seconds. */
export type Phases = ReadonlyArray<{
  readonly what: string;
  readonly stages: ReadonlyArray<{ readonly stage: string; readonly samples: readonly number[] }>;
}>;

/** The measurement of one part, at one time, on one machine. */
export interface Measurement {
  /** Such as 2026-11-23. */
  readonly date: string;
  readonly machine: string;
  /** The versions of the lab's components, if they matter. */
  readonly versions?: object;
  readonly rows: readonly Row[];
  readonly comparisons?: readonly Comparison[];
  readonly phases?: Phases;
}

/** The result of measuring a part. */
export type Measured = Omit<Measurement, "date" | "machine">;

export type Measurements = Partial<Record<Part, Measurement>>;

/** The samples, from which the page of benchmarks is made. */
export const SAMPLES = path.join(repository, "docs", "benchmarks", "lab.json");

/** The picture of the comparisons. */
export const PICTURE = path.join(repository, "docs", "benchmarks.svg");

/** Replaces a part's samples, and draws the picture again. @returns the part's tables, for a terminal */
export function record(part: Part, found: Measured): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${os.cpus().length} cores, Linux ${os.release()}, Node.js ${process.version}`;
  const measured: Measurement = { date, machine, ...found };
  // In the order of the parts, not in the order of the measurements.
  const all = Object.fromEntries(present({ ...(JSON.parse(fs.readFileSync(SAMPLES, "utf8")) as Measurements), [part]: measured }));
  writeAtomically(SAMPLES, `${JSON.stringify(all, undefined, 2)}\n`);
  writeAtomically(PICTURE, drawComparisons(comparisonsOf(all)));
  return tablesOf({ [part]: measured })
    .map(forTerminal)
    .join("\n\n");
}

/** Returns the tables that have lines. */
export function tablesOf(all: Measurements): Table[] {
  const phases = present(all).flatMap(([, { phases = [] }]) => phases);
  return [comparisonTable(comparisonsOf(all)), phaseTable(phases), tableOf(all)].filter(({ lines }) => lines.length > 0);
}

/** Returns the comparisons of all parts. */
export function comparisonsOf(all: Measurements): Comparison[] {
  return present(all).flatMap(([, { comparisons = [] }]) => comparisons);
}

function comparisonTable(comparisons: readonly Comparison[]): Table {
  const header = ["what", "median (min to max)", "compared with", "median (min to max)", "ratio", "goal", "rounds"];
  const lines = comparisons.map(({ what, samples, beside, most }) => [
    what,
    spread(samples, "s"),
    beside.what,
    spread(beside.samples, "s"),
    `${(median(samples) / median(beside.samples)).toFixed(2)}`,
    `at most ${most}`,
    String(samples.length),
  ]);
  return { header, lines };
}

/** Returns the medians as a table: stages as lines, runs as columns. */
function phaseTable(phases: Phases): Table {
  const header = ["where the time goes", ...phases.map(({ what }) => what)];
  const names = [...new Set(phases.flatMap(({ stages }) => stages.map(({ stage }) => stage)))];
  const cell = ({ stages }: Phases[number], name: string): string => {
    const found = stages.find(({ stage }) => stage === name);
    return found === undefined ? "" : duration(median(found.samples));
  };
  return { header, lines: names.map((name) => [name, ...phases.map((phase) => cell(phase, name))]) };
}

function tableOf(all: Measurements): Table {
  const header = ["part", "what", "goal", "median (min to max)", "rounds"];
  const lines = present(all).flatMap(([part, { rows }]) =>
    rows.map(({ what, goal, samples, unit }) => [part, what, goal, spread(samples, unit), String(samples.length)]),
  );
  return { header, lines };
}

/** Returns the parts that were measured, in their order. */
export function present(all: Measurements): [Part, Measurement][] {
  return PARTS.flatMap((part): [Part, Measurement][] => (all[part] === undefined ? [] : [[part, all[part]]]));
}

const inUnit: Record<Row["unit"], (value: number) => string> = {
  s: duration,
  MiB: (value) => `${value.toFixed(0)} MiB`,
  GiB: (value) => `${value.toFixed(1)} GiB`,
};

/** Returns median, minimum and maximum. */
export function spread(samples: readonly number[], unit: Row["unit"]): string {
  const text = (value: number): string => inUnit[unit](value);
  const middle = text(median(samples));
  return samples.length > 1 ? `${middle} (${text(Math.min(...samples))} to ${text(Math.max(...samples))})` : middle;
}
