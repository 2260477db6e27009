import { poll } from "../../config/poll";
import * as log from "../../engine/log";

/** The time limit, the interval between two checks and the interval between two progress messages, in milliseconds. */
export interface WaitOptions {
  readonly limit: number;
  readonly interval: number;
  readonly reportInterval: number;
}

/**
 * Waits until a condition is true, and reports progress: at once, and then at an interval.
 *
 * @returns whether the condition became true within the limit
 */
export async function waitFor(options: WaitOptions, text: string, condition: (first: boolean) => Promise<boolean>): Promise<boolean> {
  let reported = 0;
  const onWait = (elapsed: number, first: boolean) => {
    if (!first && elapsed - reported < options.reportInterval) return;
    log.info(first ? text : `${text} ${Math.round(elapsed / 1000)} s so far.`);
    reported = elapsed;
  };
  return (await poll(async (first) => (await condition(first)) || undefined, { ...options, onWait })) === true;
}
