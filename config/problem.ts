import { looksSecret, printable, shortened } from "./printable";

/** Replaces a value that is or may contain a secret. */
export const HIDDEN = "(not shown)";

/** One problem of a stack's configuration. */
export interface Finding {
  /** The key in the form of `pulumi config set --path`, such as `pools[0].addresses[0]`; empty if the finding is about the whole file. */
  readonly path: string;
  /** The value as messages show it: JSON, its type, or {@link HIDDEN}. */
  readonly value: string;
  readonly rule: string;
  readonly fix: string;
}

/** A finding and its location. */
export interface Problem extends Finding {
  /** The name of the stack file, such as `Pulumi.lab-dev.yaml`. */
  readonly file: string;
  /** The line, from 1; undefined if the file's text is not known. */
  readonly line?: number;
}

/** Formats a problem as `file:line: path = value: rule; fix`, on one line. */
export function formatProblem(problem: Problem): string {
  return `${placeOf(problem)}: ${formatFinding(problem)}`;
}

/** Formats a finding as `path = value: rule; fix`, on one line. A long key does not make a long message. */
export function formatFinding({ path, value, rule, fix }: Finding): string {
  if (path === "") return `${forMessage(rule)}; ${forMessage(fix)}`;
  return `${forMessage(path, 160)} = ${forMessage(value, 160)}: ${forMessage(rule)}; ${forMessage(fix)}`;
}

const forMessage = (text: string, length = 1000) => printable(shortened(text, length));

/** Formats a location as `Pulumi.lab-dev.yaml:9`, which editors and terminals turn into a link. */
export function placeOf({ file, line }: Pick<Problem, "file" | "line">): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** An error with every reason why a plan is refused, as one message. */
export class PlanError extends Error {
  /**
   * @param refused the heading if router or cluster is the reason, such as `lab-dev cannot be deployed` (default: the stack files are
   * wrong)
   */
  constructor(
    readonly problems: readonly Problem[],
    refused?: string,
  ) {
    const lines = [...problems.slice(0, MOST).map(formatProblem), ...moreThan(problems)];
    super(refused === undefined ? headed("The stack files have", problems.length, lines) : list(`${refused}:`, lines));
    this.name = "PlanError";
  }
}

/** Returns the heading for problems that router or cluster cause. */
export const cannotBeDeployed = (stack: string): string => `${stack} cannot be deployed`;

/** Formats `WHO 2 problems:` and a list with one problem per line. */
export function listOf(who: string, problems: readonly string[]): string {
  return headed(who, problems.length, [...problems.slice(0, MOST), ...moreThan(problems)]);
}

/** How many problems a message lists. */
const MOST = 100;

const moreThan = ({ length }: readonly unknown[]) => (length > MOST ? [`and ${length - MOST} more`] : []);
const headed = (who: string, count: number, lines: readonly string[]) =>
  list(`${who} ${count === 1 ? "a problem" : `${count} problems`}:`, lines);
const list = (heading: string, lines: readonly string[]) => [heading, ...lines.map((line) => `  ${line}`)].join("\n");

/** Formats a scalar as shortened JSON for a message. What looks like a secret, such as a private key in a wrong field, is not shown. */
export function quote(value: unknown): string {
  if (typeof value === "string" && looksSecret(value)) return HIDDEN;
  const quoted = printable(JSON.stringify(value) ?? typeof value);
  return quoted.length > 80 ? `${quoted.slice(0, 77)}...` : quoted;
}

/** Formats a list of names for a message: the first ones, and the number of the others. */
export function namesOf(names: readonly string[]): string {
  const more = names.length - 20;
  return more > 0 ? `${names.slice(0, 20).join(", ")} and ${more} more` : names.join(", ");
}

/** Returns the known name that is most similar to a misspelt one; undefined if none is similar. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // Among very many names, or for a very long one, the search would take minutes.
  if (known.length > 1000 || name.length > 300) return undefined;
  const ranked = known
    .filter((candidate) => Math.abs(candidate.length - name.length) <= farthest(candidate))
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= farthest(candidate))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

const farthest = (candidate: string) => Math.max(2, Math.floor(candidate.length / 3));

/** Returns the Levenshtein distance between two words. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, fromChar] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, toChar] of [...to].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (fromChar === toChar ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
