import { createInterface } from "node:readline/promises";
import { UserError } from "../config/user-error";

/**
 * Asks at the terminal for a stack's name, before something that cannot be undone.
 *
 * @param question what is asked, such as `Destroy lab-dev?`
 * @param without what to say if there is no terminal
 * @throws UserError if there is no terminal
 */
export async function typesName(name: string, question: string, without: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UserError(without);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} Type its name: `).finally(() => terminal.close());
  return answer.trim() === name;
}
