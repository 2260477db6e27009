import * as pulumi from "@pulumi/pulumi";

import { poll } from "../config/poll";

/** How long something is waited for, how often it is looked for, and how often that is said, in milliseconds. */
export interface Waiting {
  readonly limit: number;
  readonly interval: number;
  readonly word: number;
}

/**
 * Waits until something is so, and reports that at once and then now and then.
 *
 * @returns whether it came true in time.
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
