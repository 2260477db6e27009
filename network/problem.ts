/** One thing wrong with a stack's configuration. */
export interface Problem {
  /** The key as `pulumi config set --path` takes it, such as `pools[0].addresses[0]`. */
  readonly path: string;
  /** The value as shown to the user; absent where it is a secret or missing. */
  readonly value?: string;
  readonly rule: string;
  readonly fix: string;
}

/** `path = value: rule; fix`, on one line. */
export function formatProblem({ path, value, rule, fix }: Problem): string {
  return `${path}${value === undefined ? "" : ` = ${value}`}: ${rule}; ${fix}`;
}

/** Everything wrong with a stack's configuration, as one message for the user. */
export class PlanError extends Error {
  constructor(
    readonly stackName: string,
    readonly problems: readonly Problem[],
  ) {
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    super([`Pulumi.${stackName}.yaml has ${count}:`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join("\n"));
    this.name = "PlanError";
  }
}

type Path = readonly PropertyKey[];

/** `["pools", 0, "name"]` as `pools[0].name`. */
export function pathText(path: Path): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? String(key) : `.${String(key)}`)).join("");
}

/** A value for a message: scalars as JSON and cut short, anything else by its kind, secrets not at all. */
export function showValue(path: Path, value: unknown): string | undefined {
  const last = path.at(-1);
  const secret = last === "password" || last === "privateKey" || (path.length === 1 && last === "router");
  if (value === undefined || secret) return undefined;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
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
