import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { repository, writeWhole } from "../../../config/project";
import { duration } from "../../../report/duration";
import { KINDS, type Kind, type Round } from "../../rounds";
import { versions } from "../../tools/catalogue";
import { forMarkdown } from "../../../report/table";
import { ROUTE_SCRIPT } from "../../../router/asus/script";
import { VERBS, type InterruptedRound, type Verb } from "./interruptions";

/** How many rounds of each kind make it whole. */
export const wanted: Readonly<Record<Kind, number>> = { race: 100, reboot: 50 };

export const samples = path.join(repository, "docs", "benchmarks", "soak.json");
const page = path.join(repository, "docs", "benchmarks.md");
const [begin, end] = ["<!-- begin: written by make soak -->", "<!-- end of soak -->"];

/** What has been run so far. */
export interface Soak {
  /** Of the router's script: with another one, the changes of routes begin anew. */
  readonly script: string;
  readonly date: string;
  readonly seed: number;
  readonly rounds: readonly Round[];
  readonly interruptions: {
    /** Whose boundaries they are: with others, they begin anew. */
    readonly parts: string;
    readonly date: string;
    readonly seed: number;
    readonly rounds: readonly InterruptedRound[];
  };
}

const parts = `engine ${versions.pulumi}, Kubernetes provider ${versions.kubernetesProvider}, MetalLB ${versions.metallb}`;

export const today = (): string => new Date().toISOString().slice(0, 10);

/** What was run before, as far as it counts still. */
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

/** Writes what has been run, and the page's tables of it. */
export function writeSoak(done: Soak): void {
  writeWhole(samples, `${JSON.stringify(done, undefined, 1)}\n`);
  const text = fs.readFileSync(page, "utf8");
  writeWhole(page, `${text.slice(0, text.indexOf(begin))}${summary(done)}${text.slice(text.indexOf(end) + end.length)}`);
}

/** How many boundaries a run of this kind has: known when a round came to its end before the next one. */
export function boundariesOf({ interruptions }: Soak, verb: Verb): number | undefined {
  const whole = interruptions.rounds.find((one) => one.verb === verb && one.at === undefined);
  return whole === undefined ? undefined : whole.after - 1;
}

/** The first boundary that has no round: one whose round is taken out of the samples is run again. */
export function nextBoundary({ interruptions }: Soak, verb: Verb): number {
  const run = new Set(interruptions.rounds.filter((one) => one.verb === verb).map(({ after }) => after));
  let boundary = 1;
  while (run.has(boundary)) boundary++;
  return boundary;
}

interface Sample {
  readonly seconds: number;
  readonly problems: readonly string[];
}

function summary(done: Soak): string {
  const { interruptions } = done;
  const row = (what: string, aim: string, rounds: readonly Sample[]): string[] => {
    const seconds = rounds.map((one) => one.seconds).sort((a, b) => a - b);
    const bad = rounds.filter(({ problems }) => problems.length > 0).length;
    return [what, aim, String(rounds.length), String(bad), duration(seconds[Math.floor(seconds.length / 2)] ?? 0)];
  };
  const header = ["what", "wanted", "run", "not good", "median time"];
  const changes = KINDS.map((kind) =>
    row(
      kinds[kind],
      String(wanted[kind]),
      done.rounds.filter((one) => one.kind === kind),
    ),
  );
  const cut = VERBS.map((verb) => {
    const rounds = interruptions.rounds.filter((one) => one.verb === verb && one.at !== undefined);
    return row(verbs[verb], String(boundariesOf(done, verb) ?? "all"), rounds);
  });
  return [
    begin,
    "",
    `Last round ${done.date}, seed ${done.seed}, router's script ${done.script}.`,
    "",
    forMarkdown({ header, lines: changes }),
    "",
    `Interruptions: last round ${interruptions.date}, seed ${interruptions.seed}, ${interruptions.parts}.`,
    "",
    forMarkdown({ header, lines: cut }),
    "",
    end,
  ].join("\n");
}

const kinds: Readonly<Record<Kind, string>> = {
  race: "both stacks' `pulumi up` at the same moment, each with another route",
  reboot: "`pulumi up` with another route, then the router rebooted: the same list and table",
};

const verbs: Readonly<Record<Verb, string>> = {
  up: "the first `pulumi up` of a stack, its engine killed at each boundary",
  destroy: "`pulumi destroy`, its engine killed at each boundary",
};
