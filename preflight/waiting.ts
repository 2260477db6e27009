import * as pulumi from "@pulumi/pulumi";

/** How long something is waited for, how often it is looked for, and how often that is said, in milliseconds. */
export interface Waiting {
  readonly limit: number;
  readonly interval: number;
  readonly word: number;
}

/**
 * Looks again and again, and says at once and then now and then that it does.
 *
 * @returns whether it came true in time.
 */
export async function until(waiting: Waiting, what: string, look: (first: boolean) => Promise<boolean>): Promise<boolean> {
  const { limit, interval, word } = waiting;
  const started = Date.now();
  let said = 0;
  for (let first = true; ; first = false) {
    if (await look(first)) return true;
    const waited = Date.now() - started;
    if (waited > limit) return false;
    if (first || waited - said >= word) {
      void pulumi.log.info(first ? what : `${what} ${Math.round(waited / 1000)} s so far.`);
      said = waited;
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
