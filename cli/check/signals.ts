const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** The signals that end a command gracefully. */
export interface Signals {
  /** Aborted by the first signal, with its name as the reason. Later signals change nothing, because the command is already ending. */
  readonly stop: AbortSignal;
  /** The first signal. */
  readonly caught: { readonly name: keyof typeof SIGNALS; readonly number: number } | undefined;
  /** Restores the default handling of signals. */
  readonly end: () => void;
}

/** Ends all waiting on the first signal. */
export function listenForSignals(): Signals {
  const controller = new AbortController();
  let caught: Signals["caught"];
  const handlers = (Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]).map((name) => {
    const handler = () => {
      caught ??= { name, number: SIGNALS[name] };
      controller.abort(name);
    };
    process.on(name, handler);
    return () => process.removeListener(name, handler);
  });
  return {
    stop: controller.signal,
    get caught() {
      return caught;
    },
    end: () => handlers.forEach((remove) => remove()),
  };
}
