import { forTerminal as tableText } from "../../report/table";
import { duration } from "../../report/duration";

export type Verb = "up" | "preview";

/** How it went with one stack. */
export interface Outcome {
  readonly stack: string;
  /** Stopped is in the midst of it; the rest was never begun. */
  readonly result: "done" | "failed" | "stopped" | "not begun";
  /** How many resources each operation has, as the engine says; none where it never came so far. */
  readonly changes: Readonly<Record<string, number>>;
  /** From its begin to its end. */
  readonly seconds: number;
  /** What stood against it, without secrets. */
  readonly errors: readonly string[];
}

/** In the order in which a reader wants to know of them. */
const OPERATIONS = ["delete", "replace", "update", "create", "import"] as const;

/** How many resources differ, or did; undefined where it is not known. */
export function changed({ changes }: Pick<Outcome, "changes">): number | undefined {
  if (Object.keys(changes).length === 0) return undefined;
  return OPERATIONS.reduce((sum, operation) => sum + (changes[operation] ?? 0), 0);
}

/** The outcomes as a table, and below it what stood against those that failed. */
export function forTerminal(verb: Verb, outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [outcome.stack, outcome.result, describe(verb, outcome), duration(outcome.seconds)]);
  const errors = outcomes.flatMap(({ stack, errors: all }) => all.map((error) => `\n${stack}: ${error.replaceAll("\n", "\n  ")}`));
  return [tableText({ header: ["stack", verb, "resources", "time"], lines: rows }), ...errors].join("\n");
}

/** The same for a program to read. */
export function asJson(verb: Verb, outcomes: readonly Outcome[]): string {
  const stacks = outcomes.map((outcome) => ({ ...outcome, seconds: Math.round(outcome.seconds * 10) / 10 }));
  return JSON.stringify({ verb, stacks }, undefined, 2);
}

function describe(verb: Verb, outcome: Outcome): string {
  const { changes } = outcome;
  const count = changed(outcome);
  if (count === undefined) return "";
  const none = verb === "up" ? "nothing changed" : "nothing to change";
  const parts = OPERATIONS.flatMap((operation) => (changes[operation] ? [`${changes[operation]} ${operation}`] : []));
  const same = changes["same"] ? [`${changes["same"]} unchanged`] : [];
  return [...(count === 0 && outcome.result === "done" ? [none] : parts), ...same].join(", ");
}
