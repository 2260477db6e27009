import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repository, writeWhole } from "../../lab/folders";
import { duration } from "../../lab/progress";
import { forMarkdown, forTerminal, type Table } from "../../plan/table";

/** What can be measured by itself, in the order of the table. */
export const PARTS = ["lab", "plan"] as const;
export type Part = (typeof PARTS)[number];

/** How often each thing is measured that does not take minutes. */
export const ROUNDS = 5;

/** One line of the table. */
export interface Row {
  readonly what: string;
  /** Empty where there is none. */
  readonly goal: string;
  /** One for each round, in the row's unit. */
  readonly samples: readonly number[];
  readonly unit: "s" | "MiB" | "GiB";
}

/** What was measured of a part at one time on one machine. */
export interface Measurement {
  /** Such as 2026-11-23. */
  readonly date: string;
  readonly machine: string;
  /** Of what the lab is built from, where that matters. */
  readonly versions?: object;
  readonly rows: readonly Row[];
}

export type Measurements = Partial<Record<Part, Measurement>>;

/** The table, and the samples that it is made from. */
export const DOCUMENT = path.join(repository, "docs", "benchmarks.md");
export const SAMPLES = path.join(repository, "docs", "benchmarks", "lab.json");

const [begin, end] = ["<!-- begin: written by make bench -->", "<!-- end -->"];

/** Puts a part's samples in the place of its old ones, and writes the table anew. @returns the part's lines of it, for a terminal */
export function record(part: Part, { rows, versions }: Pick<Measurement, "rows" | "versions">): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${os.cpus().length} cores, Linux ${os.release()}, Node.js ${process.version}`;
  const measured: Measurement = { date, machine, ...(versions === undefined ? {} : { versions }), rows };
  const all: Measurements = { ...(JSON.parse(fs.readFileSync(SAMPLES, "utf8")) as Measurements), [part]: measured };
  writeWhole(SAMPLES, `${JSON.stringify(all, undefined, 2)}\n`);
  writeWhole(DOCUMENT, withMeasurements(fs.readFileSync(DOCUMENT, "utf8"), all));
  return forTerminal(tableOf({ [part]: measured }));
}

/** The document with its part between the markers written anew. */
export function withMeasurements(document: string, all: Measurements): string {
  const when = present(all).map(([part, { date, machine }]) => `- ${part}: measured ${date} on ${machine}`);
  const text = [begin, "", forMarkdown(tableOf(all)), "", ...when, "", end].join("\n");
  return `${document.slice(0, document.indexOf(begin))}${text}${document.slice(document.indexOf(end) + end.length)}`;
}

function tableOf(all: Measurements): Table {
  const header = ["part", "what", "goal", "median (min to max)", "rounds"];
  const lines = present(all).flatMap(([part, { rows }]) =>
    rows.map(({ what, goal, samples, unit }) => [part, what, goal, spread(samples, unit), String(samples.length)]),
  );
  return { header, lines };
}

function present(all: Measurements): [Part, Measurement][] {
  return PARTS.flatMap((part): [Part, Measurement][] => (all[part] === undefined ? [] : [[part, all[part]]]));
}

const inUnit: Record<Row["unit"], (value: number) => string> = {
  s: duration,
  MiB: (value) => `${value.toFixed(0)} MiB`,
  GiB: (value) => `${value.toFixed(1)} GiB`,
};

function spread(samples: readonly number[], unit: Row["unit"]): string {
  const sorted = [...samples].sort((a, b) => a - b);
  const text = (value = 0): string => inUnit[unit](value);
  const median = text(sorted[Math.floor(sorted.length / 2)]);
  return sorted.length > 1 ? `${median} (${text(sorted[0])} to ${text(sorted.at(-1))})` : median;
}
