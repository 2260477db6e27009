import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { writeAtomically } from "../../../config/files";
import { repository } from "../../../config/project";
import type { FaultName } from "../../failover/faults";
import type { FailoverRound } from "../../failover/round";
import { versions } from "../../tools/catalogue";

/** The modes of the next hop that are compared. */
export const MODES = ["node", "floating"] as const;
export type Mode = (typeof MODES)[number];

/** A round with its mode and date. */
export interface Run extends FailoverRound {
  readonly mode: Mode;
  /** Such as 2026-11-25. */
  readonly date: string;
}

/** All rounds, with one set of versions on one machine. */
export interface Samples {
  readonly machine: string;
  readonly versions: { readonly kubernetes: string; readonly metallb: string };
  readonly runs: readonly Run[];
}

export const SAMPLES = path.join(repository, "docs", "benchmarks", "failover.json");

/** The lab's versions. Rounds with other versions are not comparable. */
export const currentVersions = { kubernetes: versions.kubernetes, metallb: versions.metallb };

/** Reads the committed rounds; none if their versions differ. */
export function readSamples(): Samples {
  const found = fs.existsSync(SAMPLES) ? (JSON.parse(fs.readFileSync(SAMPLES, "utf8")) as Samples) : undefined;
  if (found !== undefined && JSON.stringify(found.versions) === JSON.stringify(currentVersions)) return found;
  const machine = `${os.cpus().length} cores, Linux ${os.release()}, Node.js ${process.version}`;
  return { machine, versions: currentVersions, runs: [] };
}

/** Writes one line for each round, so that a diff shows the new rounds. */
export function writeSamples({ machine, versions, runs }: Samples): void {
  const lines = runs.map((run) => `    ${JSON.stringify(run)}`).join(",\n");
  const head = `{\n  "machine": ${JSON.stringify(machine)},\n  "versions": ${JSON.stringify(versions)},\n`;
  writeAtomically(SAMPLES, `${head}  "runs": [\n${lines}\n  ]\n}\n`);
}

export const roundsOf = (runs: readonly Run[], mode: Mode, fault: FaultName): Run[] =>
  runs.filter((run) => run.mode === mode && run.fault === fault);
