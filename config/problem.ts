/** Stands for a value that is, or may hold, a secret. */
export const HIDDEN = "(not shown)";

/** One thing wrong with a stack's configuration. */
export interface Finding {
  /** The key as `pulumi config set --path` takes it, such as `pools[0].addresses[0]`. */
  readonly path: string;
  /** The value as shown to the user: JSON, or its kind, or {@link HIDDEN}. */
  readonly value: string;
  readonly rule: string;
  readonly fix: string;
}

/** A finding, and where to look for it. */
export interface Problem extends Finding {
  /** The stack file's name, such as `Pulumi.lab-dev.yaml`. */
  readonly file: string;
  /** From 1; absent where the file's text is not at hand. */
  readonly line?: number;
}

/** `file:line: path = value: rule; fix`, on one line. */
export function formatProblem(problem: Problem): string {
  return `${placeOf(problem)}: ${formatFinding(problem)}`;
}

/** `path = value: rule; fix`, on one line. */
export function formatFinding({ path, value, rule, fix }: Finding): string {
  return `${path} = ${value}: ${rule}; ${fix}`;
}

/** `Pulumi.lab-dev.yaml:9`, as editors and terminals make a link of it. */
export function placeOf({ file, line }: Pick<Problem, "file" | "line">): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** Every reason why a plan is refused, as one message for the user. */
export class PlanError extends Error {
  /** @param refused what cannot be done when router or cluster is the reason, such as `lab-dev cannot be deployed` (default: the stack files are wrong) */
  constructor(
    readonly problems: readonly Problem[],
    refused?: string,
  ) {
    const lines = problems.map(formatProblem);
    super(refused === undefined ? listOf("The stack files have", lines) : [`${refused}:`, ...lines.map((line) => `  ${line}`)].join("\n"));
    this.name = "PlanError";
  }
}

/** Returns the heading under which router or cluster refuse a stack. */
export const cannotBeDeployed = (stack: string): string => `${stack} cannot be deployed`;

/** `WHO 2 problems:`, and each on a line of its own. */
export function listOf(who: string, problems: readonly string[]): string {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return [`${who} ${count}:`, ...problems.map((problem) => `  ${problem}`)].join("\n");
}

/** A scalar as JSON and cut short, for a message. */
export function quote(value: unknown): string {
  const quoted = JSON.stringify(value);
  return quoted.length > 80 ? `${quoted.slice(0, 77)}...` : quoted;
}

/** The known name that a misspelt one is nearest to, if any is near at all. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** Levenshtein's distance: insertions, deletions and substitutions between two words. */
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
