import { forTerminal as tableText } from "../../report/table";
import { duration } from "../../report/duration";

export type Verb = "up" | "preview";

/** The outcome of one stack. */
export interface Outcome {
  readonly stack: string;
  /** `stopped` after the engine began; `not begun` if it never did. */
  readonly result: "done" | "failed" | "stopped" | "not begun";
  /** The number of resources by operation, as the engine counts them; empty if it did not get that far. */
  readonly changes: Readonly<Record<string, number>>;
  /** The duration of the run. */
  readonly seconds: number;
  /** Why the stack failed, without secrets. */
  readonly errors: readonly string[];
}

/** Sorted by importance to a reader. */
const OPERATIONS = ["delete", "replace", "update", "create", "import"] as const;

/** Returns how many resources differ or were changed; undefined if unknown. */
export function changed({ changes }: Pick<Outcome, "changes">): number | undefined {
  if (Object.keys(changes).length === 0) return undefined;
  return OPERATIONS.reduce((sum, operation) => sum + (changes[operation] ?? 0), 0);
}

/** Prints the outcomes as a table, with the errors below it. */
export function toText(verb: Verb, outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [outcome.stack, outcome.result, describe(verb, outcome), duration(outcome.seconds)]);
  const errors = outcomes.flatMap(({ stack, errors: all }) => all.map((error) => `\n${stack}: ${error.replaceAll("\n", "\n  ")}`));
  return [tableText({ header: ["stack", verb, "resources", "time"], lines: rows }), ...errors].join("\n");
}

/** Prints the outcomes as JSON. */
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
