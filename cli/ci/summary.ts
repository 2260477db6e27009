import { type Diagnostic, type Difference, differences, type Digest, resourceOf, type Step } from "./digest";
import { block, code, marker, table } from "./markdown";

/** The outcome of a preview. */
export interface Outcome {
  readonly stack: string;
  /** The engine's exit status: 0 if the preview succeeded, with or without changes. */
  readonly exitCode: number;
  /** @default none, because the engine ended before it printed any JSON */
  readonly digest?: Digest | undefined;
  /** The engine's error output. */
  readonly stderr: string;
  /** The commit that was previewed. */
  readonly commit?: string | undefined;
}

/** Keeps the summary short. GitHub limits a comment to 65536 characters. */
const MOST_LINES = 60;
const MOST_TEXT = 20_000;
/** Longer values, such as the script for the router, do not help a reader. */
const LONGEST_VALUE = 80;

/** Sorted by importance to a reader. */
const OPERATIONS = ["delete", "replace", "update", "create", "import", "read", "refresh"] as const;

/** Returns a preview as Markdown for a comment. The first line is the stack's marker. The input contains no secret values. */
export function summary({ stack, exitCode, digest = {}, stderr, commit }: Outcome): string {
  const failed = exitCode !== 0;
  const { diagnostics = [] } = digest;
  const errors = textOf(diagnostics, "error") || (failed ? stderr : "");
  const steps = failed ? [] : (digest.steps ?? []).filter(({ op }) => rank(op) >= 0).sort((a, b) => rank(a.op) - rank(b.op));
  const parts = [
    marker(`preview of ${stack}`),
    `### ${code(stack)}: ${failed ? "the preview failed" : headline(digest)}`,
    errors.trim() === "" ? "" : block(shortened(errors)),
    steps.length === 0 ? "" : table(["what", "resource", "difference"], steps.slice(0, MOST_LINES).map(line)),
    steps.length > MOST_LINES ? `And ${steps.length - MOST_LINES} more.` : "",
    diagnosticsText("Warnings", diagnostics, "warning"),
    diagnosticsText("Messages", diagnostics, "info"),
    `\`pulumi preview\`${commit === undefined ? "" : ` of commit ${code(commit)}`} ended with ${exitCode}. It changes nothing.`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const rank = (op: string): number => OPERATIONS.indexOf(op as (typeof OPERATIONS)[number]);

function headline({ changeSummary = {} }: Digest): string {
  const changes = OPERATIONS.flatMap((op) => (changeSummary[op] ? [`${changeSummary[op]} to ${op}`] : []));
  const same = changeSummary["same"] ? [`${changeSummary["same"]} unchanged`] : [];
  return [...(changes.length === 0 ? ["nothing to change"] : changes), ...same].join(", ");
}

function line(step: Step): string[] {
  return [step.op, code(resourceOf(step.urn)), differences(step).map(difference).join("<br>")];
}

function difference({ path, from, to }: Difference): string {
  const [before, after] = [from, to].map((value) => (value === undefined ? "nothing" : JSON.stringify(value)));
  const isShort = [before, after].every((value) => value !== undefined && value.length <= LONGEST_VALUE) && before !== after;
  return isShort ? `${code(path)}: ${code(before ?? "")} → ${code(after ?? "")}` : code(path);
}

function diagnosticsText(title: string, diagnostics: readonly Diagnostic[], severity: string): string {
  const text = textOf(diagnostics, severity);
  return text === "" ? "" : `${title}:\n\n${block(shortened(text))}`;
}

/** Returns the messages of one severity, without the engine's prefix and without empty lines. */
function textOf(diagnostics: readonly Diagnostic[], severity: string): string {
  const messages = diagnostics.filter((one) => one.severity.startsWith(severity)).map(({ message = "" }) => message.trim());
  return messages.map((message) => message.replace(/^(error|warning): /, "")).join("\n");
}

const shortened = (text: string): string => (text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}\n[...]`);
