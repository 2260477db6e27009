import * as os from "node:os";
import { UserError } from "../config/user-error";
import { toJson, toText, has, summary } from "./check/check";
import { startDeadline } from "./check/deadline";
import { listenForSignals } from "./check/signals";
import { chosenStacks } from "./check/stacks";
import { slotCount, slots } from "./all/slots";
import { compareStack } from "./drift/stack";
import type { NetworkOptions } from "./lab-network";
import { print, printAside } from "./print";

export interface DriftOptions extends NetworkOptions {
  /** Prints JSON. */
  readonly json?: boolean;
  /** Checks every stack, which is also the default. */
  readonly all?: boolean;
  /** The time limit of the whole run, in seconds. @default 300 */
  readonly limit?: string;
}

/** How long requests may go on after the time limit, in milliseconds, until the process ends them. */
const GRACE = 10_000;

/**
 * Reports drift between plan, state, cluster and router; changes nothing. The exit status is 2 if there is drift, 1 if something could not be
 * checked, else 0. Stacks are compared side by side. When the time limit is reached, prints what has been read.
 *
 * @throws UserError if the stack does not exist
 */
export async function drift(name: string | undefined, { json = false, all = false, limit = "300" }: DriftOptions): Promise<void> {
  const seconds = Number(limit);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86400)
    throw new UserError(`--limit = "${limit}": it is not a number of seconds from 1 to 86400.`);
  if (all && name !== undefined) throw new UserError(`Give either a stack or --all, not both: "${name}" is one of all stacks.`);
  const chosen = chosenStacks(name);
  const signals = listenForSignals();
  const inSlot = slots(slotCount({ cores: os.availableParallelism(), memory: os.freemem() }));
  const deadline = startDeadline(seconds, signals.stop);
  const groups = await Promise.all(chosen.map((one) => compareStack(one, deadline, inSlot))).finally(() => {
    deadline.end();
    signals.end();
  });
  if (signals.caught !== undefined) {
    printAside(`Interrupted (${signals.caught.name}): nothing was changed.`);
    process.exitCode = 128 + signals.caught.number;
    return;
  }
  const [hasDrift, isIncomplete] = [has(groups, "differs"), has(groups, "failed", "unknown")];
  print(json ? toJson(groups, !hasDrift && !isIncomplete) : `${toText(groups)}\n\n${summary(groups)}`);
  process.exitCode = hasDrift ? 2 : isIncomplete ? 1 : 0;
  // A request whose answer is not needed any more would keep the process alive until its own limit.
  if (deadline.isOver) setTimeout(() => process.exit(), GRACE).unref();
}
