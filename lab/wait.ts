import { poll } from "../config/poll";
import { UserError, messageOf } from "../config/user-error";

/** How long a wait may last and how often it checks, in milliseconds. */
export interface WaitLimits {
  /** @default 120000, because machines are slow and shared; the deadline only ends a wait that can never succeed */
  readonly deadline?: number;
  /** @default 200 */
  readonly interval?: number;
}

/**
 * Calls `look` until it returns something other than undefined and false, and returns that. An error of `look` counts as "not yet".
 * @throws UserError with `what` and the last result, if the deadline passes
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  patience: WaitLimits = {},
): Promise<T> {
  const { deadline = 120_000, interval = 200 } = patience;
  let last = "nothing seen yet";
  const found = await poll(
    async () => {
      try {
        const seen = await look();
        if (seen !== undefined && seen !== false) return { seen };
        last = "not yet so";
      } catch (error) {
        last = messageOf(error);
      }
      return undefined;
    },
    { limit: deadline, interval },
  );
  if (found !== undefined) return found.seen;
  throw new UserError(`Waited ${Math.round(deadline / 1000)} s for ${what} without success; last seen: ${last.trim().slice(-600)}`);
}
