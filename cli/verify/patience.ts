import { poll } from "../../config/poll";

/** The polling interval, in milliseconds. */
const INTERVAL = 250;

/** The command is to end. */
export class Interrupted extends Error {}

/** Polls until there is a result, or the limit in milliseconds is over. @throws Interrupted if the command is to end */
export function pollUnless<T>(signal: AbortSignal, limit: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const unlessAborted = async () => {
    if (signal.aborted) throw new Interrupted();
    return look();
  };
  return poll(unlessAborted, { limit, interval: INTERVAL });
}
