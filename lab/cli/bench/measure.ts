import type execa from "execa";
import { UserError } from "../../../config/user-error";
import type { Lab } from "../../lab";
import { peaksOf, type Peaks } from "./peak-memory";

/** What a run on the operator host took. */
export interface Measured extends Peaks {
  readonly seconds: number;
  readonly stdout: string;
}

/**
 * Runs something on the operator host, and says how long it took and how much memory.
 *
 * @param status the exit status that is expected
 * @throws UserError with all that it said, where it ends with another
 */
export async function measured(lab: Lab, what: string, run: () => execa.ExecaChildProcess, status = 0): Promise<Measured> {
  const started = performance.now();
  const { result, peaks, together } = await peaksOf(lab.operator, () => run());
  const seconds = (performance.now() - started) / 1000;
  const { exitCode, stdout, stderr } = result;
  if (exitCode !== status) throw new UserError(`${what} was to end with ${status}, and ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return { seconds, stdout, peaks, together };
}

/** The seconds that something takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
