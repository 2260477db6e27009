import * as fs from "node:fs";
import { parseDocument } from "yaml";
import type { Lab } from "../../lab/lab";
import { stackFile } from "../../config/project";
import { PROJECT } from "./stack-files";

/** A stack file of a lab that is edited and restored. */
export class StackEdit {
  readonly file: string;
  private readonly sound: string;

  constructor(lab: Lab, stack: string) {
    this.file = stackFile(lab.folders.project, stack);
    this.sound = fs.readFileSync(this.file, "utf8");
  }

  /** Writes the valid file with some values set, each by its path, such as `pools.0.name`; undefined removes one. */
  write(changes: Readonly<Record<string, unknown>>): void {
    const document = parseDocument(this.sound);
    for (const [path, value] of Object.entries(changes)) {
      const [section, ...rest] = path.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key));
      const keys = ["config", `${PROJECT}:${section}`, ...rest];
      if (value === undefined) document.deleteIn(keys);
      else document.setIn(keys, value);
    }
    fs.writeFileSync(this.file, document.toString());
  }

  reset(): void {
    fs.writeFileSync(this.file, this.sound);
  }

  /** Returns the number of the first line with a text, from 1. */
  lineOf(text: string): number {
    const lines = fs.readFileSync(this.file, "utf8").split("\n");
    return 1 + lines.findIndex((line) => line.includes(text));
  }
}

/** Returns the messages at the end of the engine's output, where it repeats those of the run. */
export function said(output: string): string[] {
  const [, diagnostics = ""] = output.split("\nDiagnostics:\n");
  const [lines = ""] = diagnostics.split("\n\n");
  return lines.split("\n").flatMap((line) => /^ {4}(.*\S)/.exec(line)?.[1] ?? []);
}
