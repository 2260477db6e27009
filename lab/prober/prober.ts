import * as path from "node:path";
import type execa from "execa";
import type { Host } from "../host";

/** What became of one request. Times are milliseconds since the epoch, on a clock that never jumps. */
export interface Sample {
  readonly at: number;
  readonly end: number;
  /** Why there was no answer, or not the right one. */
  readonly error?: string;
  /** The node whose pod answered, where the service says that. */
  readonly node?: string;
}

/** How a prober asks. */
export interface Pace {
  /** From one request to the next, in milliseconds. @default 50 */
  readonly interval?: number;
  /** Without an answer by then a request counts as failed, in milliseconds. @default 1000 */
  readonly timeout?: number;
}

/** A client that asks a service at a steady pace, each time on a new connection, whatever became of the requests before. */
export class Prober {
  private constructor(private readonly child: execa.ExecaChildProcess) {}

  /** Begins to ask, from a host's place on the network. */
  static async start(host: Host, url: string, { interval = 50, timeout = 1000 }: Pace = {}): Promise<Prober> {
    const child = host.onNetwork([process.execPath, path.join(__dirname, "probe.js"), url, String(interval), String(timeout)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once("data", () => resolve());
      child.catch(reject);
    });
    return new Prober(child);
  }

  /** Asks no more, and waits for the answers that are on their way. */
  async stop(): Promise<Sample[]> {
    this.child.stdin?.end();
    return JSON.parse((await this.child).stdout) as Sample[];
  }
}

/** The requests that went without an answer. */
export const failures = (samples: readonly Sample[]): Sample[] => samples.filter(({ error }) => error !== undefined);

/** The longest time between two answers that followed each other. */
export interface Gap {
  /** Milliseconds. */
  readonly length: number;
  /** When the last answer before it came, and the first after it, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** @returns undefined where fewer than two requests were answered */
export function longestGap(samples: readonly Sample[]): Gap | undefined {
  const answers = samples
    .filter(({ error }) => error === undefined)
    .map(({ end }) => end)
    .sort((one, other) => one - other);
  return answers
    .slice(1)
    .map((to, index): Gap => ({ length: to - (answers[index] ?? to), from: answers[index] ?? to, to }))
    .reduce<Gap | undefined>((longest, gap) => (longest !== undefined && longest.length >= gap.length ? longest : gap), undefined);
}
