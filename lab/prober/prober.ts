import * as path from "node:path";
import type execa from "execa";
import type { Host } from "../host";
import { Lines } from "../lines";
import { until } from "../wait";

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
  /** What became of the requests so far, in the order in which that was known. */
  readonly samples: Sample[] = [];
  private readonly child: execa.ExecaChildProcess;

  private constructor(child: execa.ExecaChildProcess) {
    this.child = child;
    const lines = new Lines();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.samples.push(...lines.take(text).map((line) => JSON.parse(line) as Sample));
    });
  }

  /** Begins to ask, from a host's place on the network; resolves once the first request has had its answer or its time. */
  static async start(host: Host, url: string, { interval = 50, timeout = 1000 }: Pace = {}): Promise<Prober> {
    const program = [process.execPath, path.join(__dirname, "probe.js"), url, String(interval), String(timeout)];
    const child = host.onNetwork(program, { stdio: ["pipe", "pipe", "inherit"], buffer: false });
    const prober = new Prober(child);
    const ends = child.then(() => {
      throw new Error("the prober ended before its first request");
    });
    await Promise.race([until("the prober's first sample", () => prober.samples.length > 0, { interval: 20 }), ends]);
    ends.catch(() => {});
    return prober;
  }

  /** Asks no more, and waits for the answers that are on their way. */
  async stop(): Promise<readonly Sample[]> {
    this.child.stdin?.end();
    await this.child;
    return this.samples;
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
