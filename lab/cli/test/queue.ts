import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { duration } from "../../../report/duration";
import { cacheFolder } from "../../folders";
import type { LastTimes } from "../../last-times";
import type { Job } from "./jobs";

/** The counts of one process, from the reporter tests/support/counting-reporter.js. */
export interface Counts {
  readonly passes: number;
  readonly failures: number;
  readonly pending: number;
  /** Titles of skipped tests without a reason. */
  readonly unexplained: readonly string[];
  /** Titles of failed tests, each with its error in one line. */
  readonly failed: readonly string[];
  readonly labs: number;
  readonly deployments: number;
}

export interface Result extends Partial<Counts> {
  readonly name: string;
  readonly seconds: number;
  /** The process's exit status; -1 if a signal ended it. */
  readonly exitCode: number;
}

/** Runs jobs side by side, prints the output of each in one piece when it ends, and reports the remaining time. */
export class Queue {
  /** The jobs that can start, in order, each with a function that starts it. */
  private readonly ready: { readonly job: Job; readonly start: () => void }[] = [];
  /** The seconds that each expected job will probably take. */
  private readonly seconds = new Map<Job, number>();
  private readonly waiting = new Set<Job>();
  /** The running jobs with their start times. */
  private readonly running = new Map<Job, number>();

  /** @param atOnce how many jobs run side by side. At most one of them mostly waits, and while there is such a job, one runs. */
  constructor(
    private readonly atOnce: number,
    private readonly times: LastTimes,
    private readonly say: (text: string) => void = console.log,
  ) {}

  /** Counts jobs that are added later, for the remaining time. */
  expect(jobs: readonly Job[]): void {
    for (const job of jobs) {
      this.seconds.set(job, this.times.of(job.name) ?? job.expectedSeconds);
      this.waiting.add(job);
    }
  }

  /** Runs expected jobs, the longest ones first, so that none of them runs alone at the end. */
  async run(jobs: readonly Job[]): Promise<Result[]> {
    const ordered = [...jobs].sort((one, other) => this.secondsOf(other) - this.secondsOf(one));
    const results = ordered.map(
      (job) =>
        new Promise<Result>((resolve, reject) => {
          const start = () => void this.runOne(job).then(resolve, reject).finally(this.fill);
          this.ready.push({ job, start });
        }),
    );
    this.fill();
    return Promise.all(results);
  }

  /** Starts jobs while there is room. */
  private readonly fill = (): void => {
    while (this.running.size < this.atOnce) {
      const mayWait = ![...this.running.keys()].some(({ waits = false }) => waits);
      const waiting = mayWait ? this.ready.findIndex(({ job }) => job.waits) : -1;
      const index = waiting >= 0 ? waiting : this.ready.findIndex(({ job }) => !job.waits);
      const [next] = index >= 0 ? this.ready.splice(index, 1) : [];
      if (next === undefined) return;
      next.start();
    }
  };

  private async runOne(job: Job): Promise<Result> {
    this.waiting.delete(job);
    const started = Date.now();
    this.running.set(job, started);
    fs.mkdirSync(cacheFolder, { recursive: true });
    const scratch = fs.mkdtempSync(path.join(cacheFolder, "test-"));
    const counts = path.join(scratch, "counts.json");
    try {
      // Labs and engines are Go programs, of which most run for seconds: with less garbage collection they need a thirtieth less CPU time.
      const env = { HOMELAB_TEST_COUNTS: counts, GOGC: "400" };
      const { exitCode, all } = await execa(job.program, [...job.args], { cwd: job.cwd, env, all: true, stdin: "ignore", reject: false });
      const seconds = (Date.now() - started) / 1000;
      this.running.delete(job);
      this.say(`\n== ${job.name} (${duration(seconds)})\n${(all ?? "").trim()}\n${this.done()}`);
      if (exitCode === 0) this.times.write(job.name, seconds);
      const counted = fs.existsSync(counts) ? (JSON.parse(fs.readFileSync(counts, "utf8")) as Counts) : {};
      return { name: job.name, seconds, exitCode: exitCode ?? -1, ...counted };
    } finally {
      fs.rmSync(scratch, { recursive: true, force: true });
    }
  }

  /** Reports how many jobs are done, the remaining time, and the running jobs. */
  progress(): string {
    const begun = new Map([...this.running].map(([job, started]) => [job, (Date.now() - started) / 1000]));
    const left = (waits: boolean): number =>
      [...begun.keys(), ...this.waiting]
        .filter((job) => (job.waits ?? false) === waits)
        .reduce((sum, job) => sum + Math.max(0, this.secondsOf(job) - (begun.get(job) ?? 0)), 0);
    const seconds = Math.max((left(false) + left(true)) / this.atOnce, left(true));
    return `${this.done()} about ${duration(seconds)} left; running: ${[...this.running.keys()].map(({ name }) => name).join(", ")}`;
  }

  private readonly secondsOf = (job: Job): number => this.seconds.get(job) ?? job.expectedSeconds;

  private done(): string {
    const total = this.seconds.size;
    return `[${total - this.waiting.size - this.running.size}/${total}]`;
  }
}
