/** Runs a piece of work as soon as a slot is free. */
export type InSlot = <T>(work: () => Promise<T>) => Promise<T>;

/** Limits how many pieces of work run at once. The others wait, first come, first served. */
export function slots(count: number): InSlot {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A slot that goes straight to the next waiting piece of work is never free.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/** The memory of an engine and its child processes, in bytes. */
const ENGINE = 600 * 2 ** 20;

/**
 * Returns how many engines a machine can run at once. An engine waits for its cluster half of the time, so there may be two for each core.
 * Free memory sets the other limit.
 *
 * @param memory free memory in bytes
 */
export function slotCount({ cores, memory }: { readonly cores: number; readonly memory: number }): number {
  return Math.max(2, Math.min(Math.max(4, 2 * cores), Math.floor(memory / ENGINE)));
}
