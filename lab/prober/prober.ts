import * as path from "node:path";
import type execa from "execa";
import type { Host } from "../host";
import { Lines } from "../lines";
import { until } from "../wait";

/** The result of one request. Times are in milliseconds since the epoch, on a clock that never jumps. */
export interface Sample {
  readonly at: number;
  readonly end: number;
  /** Why there was no answer, or a wrong one. */
  readonly error?: string;
  /** The node whose pod answered, if the service names it. */
  readonly node?: string;
}

/** The pace of a prober. */
export interface Pace {
  /** The time between two requests, in milliseconds. @default 50 */
  readonly interval?: number;
  /** The time limit of a request, in milliseconds. @default 1000 */
  readonly timeout?: number;
}

/** A client that sends requests to a service at a steady pace, each on a new connection, and never waits for an answer. */
export class Prober {
  /** The results so far, in the order in which they became known. */
  readonly samples: Sample[] = [];
  private readonly child: execa.ExecaChildProcess;

  private constructor(child: execa.ExecaChildProcess) {
    this.child = child;
    const lines = new Lines();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.samples.push(...lines.take(text).map((line) => JSON.parse(line) as Sample));
    });
  }

  /** Starts a prober in a host's network. Resolves when the first request was answered or has failed. */
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

  /** Stops sending, and waits for outstanding answers. */
  async stop(): Promise<readonly Sample[]> {
    this.child.stdin?.end();
    await this.child;
    return this.samples;
  }
}

/** Returns the failed requests. */
export const failures = (samples: readonly Sample[]): Sample[] => samples.filter(({ error }) => error !== undefined);

/** The longest time between two consecutive answers. */
export interface Gap {
  /** In milliseconds. */
  readonly length: number;
  /** The times of the two answers, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** Returns the longest gap. @returns undefined if fewer than two requests were answered */
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
