import { type Diagnostic, type Difference, differences, type Digest, resourceOf, type Step } from "./digest";
import { block, code, marker, table } from "./markdown";

/** How a preview ended. */
export interface Outcome {
  readonly stack: string;
  /** Of the engine: 0 where the preview went through, with changes or without. */
  readonly exitCode: number;
  /** @default none, where the engine ended before it had anything to say as JSON */
  readonly digest?: Digest | undefined;
  /** What the engine printed besides. */
  readonly stderr: string;
  /** The commit that was previewed. */
  readonly commit?: string | undefined;
}

/** More would be no summary, and a comment has an end at 65536 characters. */
const MOST_LINES = 60;
const MOST_TEXT = 20_000;
/** Longer values, such as the script for the router, tell a reader nothing. */
const LONGEST_VALUE = 80;

/** In the order in which a reader wants to know of them. */
const OPERATIONS = ["delete", "replace", "update", "create", "import", "read", "refresh"] as const;

/** A preview as a comment's Markdown: its first line is the stack's marker. No value of a secret is in what it is made from. */
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
    said("Warnings", diagnostics, "warning"),
    said("Messages", diagnostics, "info"),
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
  const told = [before, after].every((value) => value !== undefined && value.length <= LONGEST_VALUE) && before !== after;
  return told ? `${code(path)}: ${code(before ?? "")} → ${code(after ?? "")}` : code(path);
}

function said(title: string, diagnostics: readonly Diagnostic[], severity: string): string {
  const text = textOf(diagnostics, severity);
  return text === "" ? "" : `${title}:\n\n${block(shortened(text))}`;
}

/** What was said of one severity, without the engine's prefix and the empty lines between. */
function textOf(diagnostics: readonly Diagnostic[], severity: string): string {
  const messages = diagnostics.filter((one) => one.severity.startsWith(severity)).map(({ message = "" }) => message.trim());
  return messages.map((message) => message.replace(/^(error|warning): /, "")).join("\n");
}

const shortened = (text: string): string => (text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}\n[...]`);
