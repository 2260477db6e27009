import { createInterface } from "node:readline/promises";
import { UserError } from "../config/user-error";

/**
 * Asks the user to type a stack's name before an action that cannot be undone.
 *
 * @param question such as `Destroy lab-dev?`
 * @param without the message if there is no terminal
 * @throws UserError if there is no terminal
 */
export async function confirmByName(name: string, question: string, without: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UserError(without);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} Type its name: `).finally(() => terminal.close());
  return answer.trim() === name;
}
