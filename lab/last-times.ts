import * as fs from "node:fs";
import { writeAtomically } from "../config/files";

/** The duration of each piece of work when it was last done, in seconds, in a file of the cache. */
export class LastTimes {
  constructor(private readonly file: string) {}

  /** Returns the seconds; undefined if the work was never done here. */
  of(name: string): number | undefined {
    return this.all()[name];
  }

  write(name: string, seconds: number): void {
    writeAtomically(this.file, JSON.stringify({ ...this.all(), [name]: Math.round(seconds) }, undefined, 2));
  }

  private all(): Record<string, number> {
    try {
      return JSON.parse(fs.readFileSync(this.file, "utf8")) as Record<string, number>;
    } catch {
      return {};
    }
  }
}
