import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { duration } from "../../../report/duration";
import { slots } from "../../../cli/all/slots";
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
  private readonly inSlot;
  private readonly running = new Map<string, number>();
  private readonly waiting: Job[] = [];
  private done = 0;
  private total = 0;

  /** @param atOnce how many jobs run side by side */
  constructor(
    private readonly atOnce: number,
    private readonly times: LastTimes,
    private readonly say: (text: string) => void = console.log,
  ) {
    this.inSlot = slots(atOnce);
  }

  /** Counts jobs that are added later, for the remaining time. */
  expect(jobs: readonly Job[]): void {
    this.waiting.push(...jobs);
    this.total += jobs.length;
  }

  /** Runs expected jobs, the longest ones first, so that none of them runs alone at the end. */
  async run(jobs: readonly Job[]): Promise<Result[]> {
    const ordered = [...jobs].sort((one, other) => this.seconds(other) - this.seconds(one));
    return Promise.all(ordered.map((job) => this.inSlot(() => this.runOne(job))));
  }

  private async runOne(job: Job): Promise<Result> {
    this.waiting.splice(this.waiting.indexOf(job), 1);
    const started = Date.now();
    this.running.set(job.name, started);
    fs.mkdirSync(cacheFolder, { recursive: true });
    const scratch = fs.mkdtempSync(path.join(cacheFolder, "test-"));
    const counts = path.join(scratch, "counts.json");
    try {
      const env = { HOMELAB_TEST_COUNTS: counts };
      const { exitCode, all } = await execa(job.program, [...job.args], { cwd: job.cwd, env, all: true, stdin: "ignore", reject: false });
      const seconds = (Date.now() - started) / 1000;
      this.running.delete(job.name);
      this.done++;
      this.say(`\n== ${job.name} (${duration(seconds)})\n${(all ?? "").trim()}\n[${this.done}/${this.total}]`);
      if (exitCode === 0) this.times.write(job.name, seconds);
      const counted = fs.existsSync(counts) ? (JSON.parse(fs.readFileSync(counts, "utf8")) as Counts) : {};
      return { name: job.name, seconds, exitCode: exitCode ?? -1, ...counted };
    } finally {
      fs.rmSync(scratch, { recursive: true, force: true });
    }
  }

  private seconds = ({ name, guess }: Job): number => this.times.of(name) ?? guess;

  /** Reports how many jobs are done, the remaining time, and the running jobs. */
  progress(): string {
    const begun = [...this.running].map(([name, started]) => Math.max(0, (this.times.of(name) ?? 30) - (Date.now() - started) / 1000));
    const left = [...begun, ...this.waiting.map(this.seconds)].reduce((sum, seconds) => sum + seconds, 0) / this.atOnce;
    return `[${this.done}/${this.total}] about ${duration(left)} left; running: ${[...this.running.keys()].join(", ")}`;
  }
}
