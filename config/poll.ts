/** The time limit and the interval between two attempts, in milliseconds. */
export interface Polling {
  readonly limit: number;
  readonly interval: number;
  /** Called before each pause with the elapsed time in milliseconds. */
  readonly onWait?: (elapsed: number, first: boolean) => void;
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Calls a function until it returns a value: at least once, and once more when the time is over.
 *
 * @returns undefined if there is no value within the limit
 */
export async function poll<T>(
  check: (first: boolean) => Promise<T | undefined>,
  { limit, interval, onWait }: Polling,
): Promise<T | undefined> {
  const started = Date.now();
  for (let first = true; ; first = false) {
    const seen = await check(first);
    if (seen !== undefined) return seen;
    const elapsed = Date.now() - started;
    if (elapsed > limit) return undefined;
    onWait?.(elapsed, first);
    await pause(interval);
  }
}
