import * as fs from "node:fs";
import { writeWhole } from "../config/project";

/** How many seconds each piece of work took when it was last done, in a file of the cache. */
export class LastTimes {
  constructor(private readonly file: string) {}

  /** Seconds, or undefined for work that was never done here. */
  of(name: string): number | undefined {
    return this.all()[name];
  }

  write(name: string, seconds: number): void {
    writeWhole(this.file, JSON.stringify({ ...this.all(), [name]: Math.round(seconds) }, undefined, 2));
  }

  private all(): Record<string, number> {
    try {
      return JSON.parse(fs.readFileSync(this.file, "utf8")) as Record<string, number>;
    } catch {
      return {};
    }
  }
}
