/** Explains an error in one sentence. */
import { fileReason } from "../config/file-error";
import { printable, printableLines } from "../config/printable";
import { PrintableError } from "../config/user-error";

/** The environment variable that adds an error's stack trace to its explanation. */
export const DEBUG = "HOMELAB_DEBUG";

/**
 * Returns what a command prints if it fails. An unexpected error is a defect of the program. Its message and its stack trace may contain
 * secrets, so they are printed only on demand.
 */
export function explain(error: unknown, debug?: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return printableLines(debug ? `${sentence(error)}\n${stack}` : sentence(error));
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return unexpected(typeof error);
  if (error instanceof PrintableError || error.name === "PlanError") return error.message;
  const { shortMessage, stderr, path } = error as Error & { shortMessage?: unknown; stderr?: unknown; path?: unknown };
  if (typeof shortMessage === "string") return `${shortMessage}\n${typeof stderr === "string" ? stderr.trim() : ""}`.trim();
  const found = fileReason(error);
  if (found === undefined) return unexpected(error.name);
  return `${typeof path === "string" ? printable(path) : "a file"} cannot be used: ${found.reason}; ${found.fix}.`;
}

const unexpected = (kind: string) =>
  `an unexpected error (${kind}), which is a defect of this program; please report it with the stack trace that ${DEBUG}=1 adds, after you have removed your secrets from it.`;
