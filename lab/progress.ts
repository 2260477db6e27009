import { duration } from "../report/duration";

/** Prints the progress of work: one line for each step, and a regular line during long steps. */
export class Progress {
  private readonly start = Date.now();

  constructor(private readonly out: NodeJS.WritableStream = process.stderr) {}

  line(text: string): void {
    this.out.write(`${text}\n`);
  }

  /** Runs `work` as one step, and reports every 30 s. `expected` is the duration in seconds of the last time. */
  async step<T>(name: string, work: () => Promise<T>, expected?: number): Promise<T> {
    const started = Date.now();
    const left = (): string => {
      if (expected === undefined) return "";
      const rest = expected - (Date.now() - started) / 1000;
      return rest > 0 ? `, about ${duration(rest)} left` : ", longer than last time";
    };
    const heartbeat = setInterval(() => this.line(`  ..  ${name}: ${duration((Date.now() - started) / 1000)} so far${left()}`), 30_000);
    try {
      const result = await work();
      this.line(`  ok  ${name} (${duration((Date.now() - started) / 1000)})`);
      return result;
    } catch (error) {
      this.line(` FAIL ${name} (${duration((Date.now() - started) / 1000)})`);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** Seconds since the start. */
  get elapsed(): number {
    return (Date.now() - this.start) / 1000;
  }
}
