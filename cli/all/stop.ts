import { setMaxListeners } from "node:events";
import * as os from "node:os";
import { ENDING_SIGNALS } from "./own-session";

/** A request to stop, by Ctrl-C or by a signal. */
export class Stop {
  private readonly controller = new AbortController();
  private by: NodeJS.Signals | undefined;
  /** The stacks whose engine is running. */
  readonly running = new Set<string>();

  /** @param print prints a line for the user */
  constructor(print: (line: string) => void) {
    // Each engine adds a listener.
    setMaxListeners(0, this.controller.signal);
    // Writing to a closed terminal fails, and the engines still have to end.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
    for (const signal of ENDING_SIGNALS) {
      process.on(signal, () => {
        const awaited =
          this.running.size === 0 ? "" : `: ${[...this.running].join(", ")} will finish the current operation and save the state`;
        print(`${this.isRequested ? "Still stopping" : "Stopping"}${awaited}.`);
        this.by ??= signal;
        this.controller.abort();
      });
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isRequested(): boolean {
    return this.controller.signal.aborted;
  }

  /** The shell's exit status for a command that a signal ended. */
  get exitCode(): number {
    return 128 + os.constants.signals[this.by ?? "SIGINT"];
  }
}
