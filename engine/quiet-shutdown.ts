/** Keeps the SDK from reporting the end of a failed run as a second error. */
import { getMonitor } from "@pulumi/pulumi/runtime/settings";

/** The SDK's requests to the engine that may still run when the engine ends. */
const REQUESTS = ["registerResource", "registerResourceOutputs", "readResource", "invoke", "call"] as const;

/** The engine's texts when it ends because another resource failed. */
const CLOSED = /client connection is closing|resource monitor shut ?down/;

/** The code of a cancelled request in gRPC. */
const CANCELLED = 1;

interface RequestError extends Error {
  code: number;
  readonly details?: string;
}

type Callback = (error: RequestError | null, ...rest: unknown[]) => void;
type Monitor = Partial<Record<(typeof REQUESTS)[number], (...args: unknown[]) => unknown>>;

/**
 * Marks the errors of requests that the engine cancelled. After a failure the engine cancels what is still running, and gives the SDK an
 * error of unknown kind for each, such as the chart. The SDK prints it with a stack trace, below the one reason. With the code of a
 * cancelled request it ends quietly.
 */
export function quietShutdown(monitor = getMonitor() as unknown as Monitor | undefined): void {
  for (const name of REQUESTS) {
    const original = monitor?.[name]?.bind(monitor);
    if (monitor === undefined || original === undefined) continue;
    monitor[name] = (...args) => {
      const callback = args.at(-1);
      if (typeof callback !== "function") return original(...args);
      const marked: Callback = (error, ...rest) => (callback as Callback)(error && cancelled(error), ...rest);
      return original(...args.slice(0, -1), marked);
    };
  }
}

function cancelled(error: RequestError): RequestError {
  if (CLOSED.test(`${error.details ?? ""} ${error.message}`)) error.code = CANCELLED;
  return error;
}
