import { duration } from "../report/duration";

/** Tells a person what goes on: one line per step, and a sign of life from steps that take long. */
export class Progress {
  private readonly start = Date.now();

  constructor(private readonly out: NodeJS.WritableStream = process.stderr) {}

  line(text: string): void {
    this.out.write(`${text}\n`);
  }

  /** Runs `work` as one step; `expected` is in seconds, from the last time. A long step reports every 30 s. */
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

  /** Seconds since this progress began. */
  get elapsed(): number {
    return (Date.now() - this.start) / 1000;
  }
}
