/** How long something is waited for, and how often it is looked at, in milliseconds. */
export interface Polling {
  readonly limit: number;
  readonly interval: number;
  /** Called before each pause, with the time so far. */
  readonly onWait?: (elapsed: number, first: boolean) => void;
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Looks again and again until there is something; at least once, and once more when the time is over.
 *
 * @returns undefined where nothing came in time
 */
export async function poll<T>(
  look: (first: boolean) => Promise<T | undefined>,
  { limit, interval, onWait }: Polling,
): Promise<T | undefined> {
  const started = Date.now();
  for (let first = true; ; first = false) {
    const seen = await look(first);
    if (seen !== undefined) return seen;
    const elapsed = Date.now() - started;
    if (elapsed > limit) return undefined;
    onWait?.(elapsed, first);
    await pause(interval);
  }
}
