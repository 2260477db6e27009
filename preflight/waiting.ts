import * as pulumi from "@pulumi/pulumi";

import { poll } from "../config/poll";

/** The time limit, the interval between two checks and the interval between two progress messages, in milliseconds. */
export interface Waiting {
  readonly limit: number;
  readonly interval: number;
  readonly word: number;
}

/**
 * Waits until a condition is true, and reports progress: at once, and then at an interval.
 *
 * @returns whether the condition became true within the limit
 */
export async function waitFor(waiting: Waiting, what: string, isSo: (first: boolean) => Promise<boolean>): Promise<boolean> {
  let reported = 0;
  const onWait = (elapsed: number, first: boolean) => {
    if (!first && elapsed - reported < waiting.word) return;
    void pulumi.log.info(first ? what : `${what} ${Math.round(elapsed / 1000)} s so far.`);
    reported = elapsed;
  };
  return (await poll(async (first) => (await isSo(first)) || undefined, { ...waiting, onWait })) === true;
}
