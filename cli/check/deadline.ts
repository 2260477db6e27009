/** The time limit of a whole command. */

/** Ends waiting when a command's time is over. */
export interface Deadline {
  /** Aborted when the time is over, or by a signal. */
  readonly stop: AbortSignal;
  /** Whether the time is over. */
  readonly isOver: boolean;
  /** Returns the result of work, or of `otherwise` when the time is over. Work that goes on has no effect any more. */
  readonly bounded: <T>(work: Promise<T>, otherwise: () => T) => Promise<T>;
  /** Stops the clock. */
  readonly end: () => void;
}

/** Starts the clock. @param limit in seconds */
export function startDeadline(limit: number, signal: AbortSignal): Deadline {
  const clock = new AbortController();
  let passed = (): void => undefined;
  const over = new Promise<void>((resolve) => (passed = resolve));
  const timer = setTimeout(() => {
    passed();
    clock.abort("SIGTERM");
  }, limit * 1000);
  return {
    stop: AbortSignal.any([signal, clock.signal]),
    get isOver() {
      return clock.signal.aborted;
    },
    bounded: (work, otherwise) => {
      // Work that ends late may fail, which must not end the program.
      work.catch(() => undefined);
      return Promise.race([work, over.then(otherwise)]);
    },
    end: () => clearTimeout(timer),
  };
}
