/** The result of checks, one line for each. */
import { NoResponse } from "../../cluster/api/kubeconfig";
import type { LoadedStack } from "../../config/stack-loader";
import { onOneLine } from "../../config/printable";
import { placeOf, type Finding } from "../../config/problem";

/** `unknown`: could not be checked because something it depends on failed. `differs`: was checked, and differs from what was deployed. */
export type Outcome = "ok" | "warning" | "differs" | "failed" | "unknown";

/** The result of one check. */
export interface Line {
  /** The name of the check, such as `host key`. */
  readonly what: string;
  readonly outcome: Outcome;
  /** What the check found. */
  readonly message: string;
  /** How to fix it. */
  readonly fix?: string;
}

/** The lines of one stack, or of the machine. */
export interface Group {
  readonly subject: string;
  readonly lines: readonly Line[];
}

export const ok = (what: string, message: string): Line => withFix("ok", what, message);
export const warning = (what: string, message: string, fix?: string): Line => withFix("warning", what, message, fix);
export const failed = (what: string, message: string, fix?: string): Line => withFix("failed", what, message, fix);
export const differs = (what: string, message: string, fix?: string): Line => withFix("differs", what, message, fix);
export const unknown = (what: string, message: string): Line => withFix("unknown", what, message);

/** Text from routers, clusters and programs becomes a line here. */
function withFix(outcome: Outcome, what: string, message: string, fix?: string): Line {
  return { what: onOneLine(what), outcome, message: onOneLine(message), ...(fix === undefined ? {} : { fix: onOneLine(fix) }) };
}

/** Turns a finding into a line, with its place in the stack file. */
export function found(outcome: Outcome, what: string, { locate }: Pick<LoadedStack, "locate">, finding: Finding): Line {
  const { path, value, rule, fix } = finding;
  return withFix(outcome, what, `${placeOf(locate(finding))}: ${path} = ${value}: ${rule}`, fix);
}

/** Whether any line has one of these outcomes. */
export const has = (groups: readonly Group[], ...outcomes: readonly Outcome[]): boolean =>
  groups.some(({ lines }) => lines.some(({ outcome }) => outcomes.includes(outcome)));

/** Whether any check has failed. */
export const hasFailed = (groups: readonly Group[]): boolean => has(groups, "failed");

/** Prints the groups for a terminal: a heading for each group, and one line for each check. */
export function toText(groups: readonly Group[]): string {
  const width = Math.max(...groups.flatMap(({ lines }) => lines.map(({ what }) => what.length)));
  const line = ({ outcome, what, message, fix }: Line) =>
    `  ${outcome.padEnd(7)}  ${what.padEnd(width)}  ${message}${fix === undefined ? "" : `; ${fix}`}`;
  return groups.map(({ subject, lines }) => [subject, ...lines.map(line)].join("\n")).join("\n\n");
}

/** Prints the groups as JSON: whether all is well, and every line. */
export function toJson(groups: readonly Group[], isOk = !hasFailed(groups), more: object = {}): string {
  const checks = groups.flatMap(({ subject, lines }) => lines.map((line) => ({ of: subject, ...line })));
  return JSON.stringify({ ok: isOk, checks, ...more }, undefined, 2);
}

/** Counts the outcomes, such as `1 failed, 2 warnings, 20 ok`. */
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

const BUSY = "wait until it is less busy, and try again";

/**
 * Limits the duration of a query with several requests. The default leaves time for a busy cluster, whose webhook alone may take ten seconds:
 * each request has a shorter limit of its own, by which a silent cluster is noticed.
 *
 * @param limit in seconds
 * @throws NoResponse if it takes longer
 */
export async function within<T>(target: string, work: Promise<T>, limit = 15): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoResponse(`the ${target} did not answer completely within ${limit} s`, BUSY)), limit * 1000);
  });
  // A query that exceeds the limit goes on in the background: its late result is ignored, and its late error must not end the program.
  work.catch(() => undefined);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
