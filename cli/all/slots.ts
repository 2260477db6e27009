/** Does a piece of work when there is a slot for it. */
export type InSlot = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets so many pieces of work go on at once; the others wait, first come, first served. */
export function slots(count: number): InSlot {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A slot that is handed on was never free.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/** What an engine takes with all that it starts, in bytes. */
const ENGINE = 600 * 2 ** 20;

/**
 * How many engines a machine takes at once. Each waits for its cluster half of the time, so that there may be more of them than cores; what more than that
 * would gain, they lose in memory.
 *
 * @param memory that nobody uses, in bytes
 */
export function roomFor({ cores, memory }: { readonly cores: number; readonly memory: number }): number {
  return Math.max(2, Math.min(Math.max(4, 2 * cores), Math.floor(memory / ENGINE)));
}
