const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Signals that end a command in its own way. */
export interface Signals {
  /** Aborted by the first of them, whose name is the reason; a second one changes nothing, since what was begun is being ended. */
  readonly stop: AbortSignal;
  /** The first that came. */
  readonly caught: { readonly name: keyof typeof SIGNALS; readonly number: number } | undefined;
  /** Leaves signals to what they do by themselves. */
  readonly end: () => void;
}

/** Turns signals into an end of all waiting. */
export function untilSignal(): Signals {
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
