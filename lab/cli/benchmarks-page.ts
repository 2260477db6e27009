/** The page of benchmarks: one table of what `make bench`, `make bench-failover` and `make soak` measured. */
import * as fs from "node:fs";
import * as path from "node:path";
import { writeAtomically } from "../../config/files";
import { repository } from "../../config/project";
import { duration } from "../../report/duration";
import { forMarkdown, type Table } from "../../report/table";
import { FAULTS, faults, type FaultName } from "../failover/faults";
import { median } from "./bench/median";
import { present, SAMPLES as BENCH, spread, type Measurements } from "./bench/record";
import { figuresOf } from "./failover/figures";
import { roundsOf, SAMPLES as FAILOVER, type Samples } from "./failover/samples";
import { samples as SOAK, type Soak } from "./soak/record";

export const PAGE = path.join(repository, "docs", "benchmarks.md");
const [begin, end] = ["<!-- begin: written by make bench, make bench-failover and make soak -->", "<!-- end -->"];

/** The samples of all benchmarks. */
export interface Benchmarks {
  readonly bench: Measurements;
  readonly failover: Samples;
  readonly soak: Soak;
}

/** The longest outage that is acceptable with a floating next hop, in seconds, for the faults that have a goal. */
const OUTAGE_GOALS: Partial<Record<FaultName, number>> = { "power-off": 10, drain: 3 };

/** Faults with shorter outages, in seconds, are listed below the table. */
const SHORT_OUTAGE = 1;

/** Reads the committed samples. */
export function readBenchmarks(): Benchmarks {
  const read = (file: string): unknown => JSON.parse(fs.readFileSync(file, "utf8"));
  return { bench: read(BENCH) as Measurements, failover: read(FAILOVER) as Samples, soak: read(SOAK) as Soak };
}

/** Writes the page's table again, from the samples. */
export function writeBenchmarksPage(): void {
  writeAtomically(PAGE, withBenchmarks(fs.readFileSync(PAGE, "utf8"), readBenchmarks()));
}

/** Returns the page with a new text between the markers. */
export function withBenchmarks(page: string, all: Benchmarks): string {
  const text = [begin, "", forMarkdown(benchmarkTable(all)), "", ...notes(all), "", end].join("\n");
  return `${page.slice(0, page.indexOf(begin))}${text}${page.slice(page.indexOf(end) + end.length)}`;
}

/** Returns one line for each measurement that has a goal, and for each fault with an outage. */
export function benchmarkTable({ bench, failover, soak }: Benchmarks): Table {
  const header = ["what", "median (min to max)", "compared with", "goal"];
  const comparisons = present(bench).flatMap(([, { comparisons = [] }]) => comparisons);
  const rows = present(bench).flatMap(([, { rows }]) => rows);
  const lines = [
    ...comparisons.map(({ what, samples, beside, most }) => {
      const [mine, other] = [median(samples), median(beside.samples)];
      return [what, spread(samples, "s"), `${beside.what}: ${duration(other)}`, `ratio ${(mine / other).toFixed(2)}, at most ${most}`];
    }),
    ...rows.filter(({ goal }) => goal !== "").map(({ what, samples, unit, goal }) => [what, spread(samples, unit), "", `at most ${goal}`]),
    ...faultsOf(failover, false).map((fault) => {
      const goal = OUTAGE_GOALS[fault];
      const [floating, node] = [outages(failover, "floating", fault), outages(failover, "node", fault)];
      return [`no answer: ${faults[fault].what}`, outageText(floating), `mode node: ${outageText(node)}`, goal ? `at most ${goal} s` : ""];
    }),
    ["routes changed 150 times, the router rebooted after 50 of them", passed(soak.rounds), "", "all"],
    ["engine killed at each step of `pulumi up` and `destroy`, then run again", passed(boundaries(soak)), "", "all"],
  ];
  return { header, lines };
}

function notes({ bench, failover, soak }: Benchmarks): string[] {
  const machines = new Set([...present(bench).map(([, { machine }]) => machine), failover.machine]);
  const dates = present(bench).map(([part, { date }]) => `${part} ${date}`);
  const last = failover.runs.map(({ date }) => date).sort();
  const short = faultsOf(failover, true).map((fault) => faults[fault].what);
  return [
    `- Measured on ${[...machines].join("; ")}: ${dates.join(", ")}.`,
    `- No answer: the next hop in mode floating, ${last.at(-1)}, Kubernetes ${failover.versions.kubernetes} and MetalLB ${failover.versions.metallb}. At most ${SHORT_OUTAGE} s: ${short.join(", ")}.`,
    `- Routes changed: ${soak.date}. Engine killed: ${soak.interruptions.date}, ${soak.interruptions.parts}.`,
  ];
}

/** Returns the faults that were measured, with short outages in both modes or with longer ones. */
function faultsOf(failover: Samples, isShort: boolean): FaultName[] {
  return FAULTS.filter((fault) => {
    const all = [...outages(failover, "floating", fault), ...outages(failover, "node", fault)];
    return all.length > 0 && all.every((seconds) => Math.round(seconds * 10) / 10 <= SHORT_OUTAGE) === isShort;
  });
}

/** Returns the outage of each round in seconds; infinite if it lasted until the repair. */
function outages({ runs }: Samples, mode: "floating" | "node", fault: FaultName): number[] {
  return roundsOf(runs, mode, fault)
    .map(figuresOf)
    .map(({ outage, unended }) => (unended ? Infinity : outage));
}

function outageText(seconds: readonly number[]): string {
  const text = (value: number): string => (value === Infinity ? "until repaired" : value === 0 ? "none" : duration(value));
  const [middle, least, most] = [median(seconds), Math.min(...seconds), Math.max(...seconds)].map(text);
  if (least === most) return middle ?? "";
  return least === middle ? `${middle} (at most ${most})` : `${middle} (${least} to ${most})`;
}

/** The rounds in which the engine was killed, without those that ended before. */
const boundaries = ({ interruptions }: Soak) => interruptions.rounds.filter(({ at }) => at !== undefined);

const passed = (rounds: ReadonlyArray<{ readonly problems: readonly string[] }>): string =>
  `${rounds.filter(({ problems }) => problems.length === 0).length} of ${rounds.length} passed`;
