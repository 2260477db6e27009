/** What a look at the network found, one line for each thing that was looked at. */
import { NoAnswer } from "../../cluster/api/kubeconfig";
import type { LoadedStack } from "../../config/stack-loader";
import { placeOf, type Finding } from "../../config/problem";

/** `unknown`: what it depends on has failed, so that it could not be looked at. `differs`: it was looked at, and is not as it was made. */
export type Outcome = "ok" | "warning" | "differs" | "failed" | "unknown";

/** One thing that was looked at. */
export interface Line {
  /** Such as `host key`. */
  readonly what: string;
  readonly outcome: Outcome;
  /** What was seen. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** The lines about one stack, or about the machine. */
export interface Group {
  readonly of: string;
  readonly lines: readonly Line[];
}

export const ok = (what: string, message: string): Line => ({ what, outcome: "ok", message });
export const warning = (what: string, message: string, fix?: string): Line => withFix("warning", what, message, fix);
export const failed = (what: string, message: string, fix?: string): Line => withFix("failed", what, message, fix);
export const differs = (what: string, message: string, fix?: string): Line => withFix("differs", what, message, fix);
export const unknown = (what: string, message: string): Line => ({ what, outcome: "unknown", message });

function withFix(outcome: Outcome, what: string, message: string, fix: string | undefined): Line {
  return { what, outcome, message, ...(fix === undefined ? {} : { fix }) };
}

/** A finding about a stack's file, with its place in that. */
export function found(outcome: Outcome, what: string, { locate }: Pick<LoadedStack, "locate">, finding: Finding): Line {
  const { path, value, rule, fix } = finding;
  return withFix(outcome, what, `${placeOf(locate(finding))}: ${path} = ${value}: ${rule}`, fix);
}

/** Whether something came out in one of these ways. */
export const has = (groups: readonly Group[], ...outcomes: readonly Outcome[]): boolean =>
  groups.some(({ lines }) => lines.some(({ outcome }) => outcomes.includes(outcome)));

/** Whether something has failed. */
export const hasFailed = (groups: readonly Group[]): boolean => has(groups, "failed");

/** For a terminal: a heading for each group, and one line for each thing. */
export function forTerminal(groups: readonly Group[]): string {
  const width = Math.max(...groups.flatMap(({ lines }) => lines.map(({ what }) => what.length)));
  const line = ({ outcome, what, message, fix }: Line) =>
    `  ${outcome.padEnd(7)}  ${what.padEnd(width)}  ${message}${fix === undefined ? "" : `; ${fix}`}`;
  return groups.map(({ of, lines }) => [of, ...lines.map(line)].join("\n")).join("\n\n");
}

/** For a program: whether all is well, and every line. */
export function forPrograms(groups: readonly Group[], isWell = !hasFailed(groups), more: object = {}): string {
  const checks = groups.flatMap(({ of, lines }) => lines.map((line) => ({ of, ...line })));
  return JSON.stringify({ ok: isWell, checks, ...more }, undefined, 2);
}

/** `1 failed, 2 warnings, 20 ok`. */
export function summary(groups: readonly Group[]): string {
  const outcomes = groups.flatMap(({ lines }) => lines.map(({ outcome }) => outcome));
  const count = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length;
  const [warnings, differing] = [count("warning"), count("differs")];
  const parts: [number, string][] = [
    [count("failed"), "failed"],
    [differing, differing === 1 ? "differs" : "differ"],
    [warnings, warnings === 1 ? "warning" : "warnings"],
    [count("unknown"), "unknown"],
    [count("ok"), "ok"],
  ];
  return parts.flatMap(([number, word]) => (number === 0 ? [] : [`${number} ${word}`])).join(", ");
}

/** A limit for what is asked in several steps. @param limit in seconds @throws NoAnswer where it takes longer */
export async function within<T>(limit: number, whom: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`the ${whom} did not answer completely within ${limit} s`)), limit * 1000);
  });
  // What comes after that is nobody's any more, an error included.
  work.catch(() => undefined);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
