import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { writeAtomically } from "../../../config/files";
import { repository } from "../../../config/project";
import { type Kind, type Round } from "../../rounds";
import { versions } from "../../tools/catalogue";
import { kubernetesProviderRelease } from "../../tools/installed";
import { ROUTE_SCRIPT } from "../../../router/asus/script";
import { type InterruptedRound, type Verb } from "./interruptions";

/** The number of rounds of each kind. */
export const ROUND_TARGETS: Readonly<Record<Kind, number>> = { race: 100, reboot: 50 };

export const samples = path.join(repository, "docs", "benchmarks", "soak.json");

/** The rounds that have been run. */
export interface Soak {
  /** The fingerprint of the router's script. With another script, the changes of routes start again. */
  readonly script: string;
  readonly date: string;
  readonly seed: number;
  readonly rounds: readonly Round[];
  readonly interruptions: {
    /** The versions of engine, provider and MetalLB. With other versions, the boundaries start again. */
    readonly parts: string;
    readonly date: string;
    readonly seed: number;
    readonly rounds: readonly InterruptedRound[];
  };
}

const parts = `engine ${versions.pulumi}, Kubernetes provider ${kubernetesProviderRelease()}, MetalLB ${versions.metallb}`;

export const today = (): string => new Date().toISOString().slice(0, 10);

/** Reads the rounds that are still valid. */
export function readSoak(): Soak {
  const script = createHash("sha256").update(ROUTE_SCRIPT).digest("hex").slice(0, 12);
  const found = fs.existsSync(samples) ? (JSON.parse(fs.readFileSync(samples, "utf8")) as Partial<Soak>) : {};
  const fresh = { date: today(), seed: 20261125, rounds: [] };
  const { interruptions } = found;
  return {
    ...(found.script === script ? (found as Soak) : { script, ...fresh }),
    interruptions: interruptions?.parts === parts ? interruptions : { parts, ...fresh },
  };
}

/** Writes the rounds. */
export function writeSoak(done: Soak): void {
  writeAtomically(samples, `${JSON.stringify(done, undefined, 1)}\n`);
}

/** Returns the number of boundaries of a run; undefined until a round has ended before its boundary. */
export function boundariesOf({ interruptions }: Soak, verb: Verb): number | undefined {
  const whole = interruptions.rounds.find((one) => one.verb === verb && one.at === undefined);
  return whole === undefined ? undefined : whole.after - 1;
}

/** Returns the first boundary without a round. A round that was deleted from the samples is run again. */
export function nextBoundary({ interruptions }: Soak, verb: Verb): number {
  const run = new Set(interruptions.rounds.filter((one) => one.verb === verb).map(({ after }) => after));
  let boundary = 1;
  while (run.has(boundary)) boundary++;
  return boundary;
}
