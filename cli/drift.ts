import * as os from "node:os";
import { UserError } from "../config/user-error";
import { toJson, toText, has, summary } from "./check/check";
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
}

/**
 * Reports drift between plan, state, cluster and router; changes nothing. The exit status is 2 if there is drift, 1 if something could not be
 * checked, else 0.
 *
 * @throws UserError if the stack does not exist
 */
export async function drift(name: string | undefined, { json = false, all = false }: DriftOptions): Promise<void> {
  if (all && name !== undefined) throw new UserError(`Give either a stack or --all, not both: "${name}" is one of all stacks.`);
  const chosen = chosenStacks(name);
  const signals = listenForSignals();
  const inSlot = slots(slotCount({ cores: os.availableParallelism(), memory: os.freemem() }));
  const groups = await Promise.all(chosen.map((one) => compareStack(one, signals.stop, inSlot))).finally(signals.end);
  if (signals.caught !== undefined) {
    printAside(`Interrupted (${signals.caught.name}): nothing was changed.`);
    process.exitCode = 128 + signals.caught.number;
    return;
  }
  const [hasDrift, isIncomplete] = [has(groups, "differs"), has(groups, "failed", "unknown")];
  print(json ? toJson(groups, !hasDrift && !isIncomplete) : `${toText(groups)}\n\n${summary(groups)}`);
  process.exitCode = hasDrift ? 2 : isIncomplete ? 1 : 0;
}
