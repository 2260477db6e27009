import { createInterface } from "node:readline/promises";
import { printableLines } from "../config/printable";
import { UserError } from "../config/user-error";

/** Checks that a command can ask. @throws UserError without a terminal */
export function requireTerminal(isInteractive = process.stdin.isTTY): void {
  if (!isInteractive)
    throw new UserError("There is no terminal for a confirmation, and nothing was changed: --yes continues without asking.");
}

/**
 * Asks a question. The command continues only if the user types the expected answer.
 *
 * @param question such as `Destroy lab-dev?`
 * @param expected `yes`, or the stack's name before an action that cannot be undone
 * @param signal ends the question like another answer
 * @throws UserError for another answer, or without a terminal
 */
export async function confirm(question: string, expected = "yes", signal?: AbortSignal): Promise<void> {
  requireTerminal();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const typed = terminal.question(printableLines(`${question} Type ${expected}: `), signal === undefined ? {} : { signal });
  const answer = await typed.catch(() => "").finally(() => terminal.close());
  if (answer.trim() !== expected) throw new UserError("Nothing was changed.");
}
