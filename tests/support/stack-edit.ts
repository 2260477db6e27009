import * as fs from "node:fs";
import { parseDocument } from "yaml";
import type { Lab } from "../../lab/lab";
import { stackFile, stacksOf } from "../../config/project";
import { PROJECT } from "./stack-files";

/** A stack file of a lab that is edited and restored, and those of the other stacks. */
export class StackEdit {
  readonly file: string;
  /** The valid content of each stack file. */
  private readonly sound: ReadonlyMap<string, string>;

  constructor({ folders: { project } }: Lab, stack: string) {
    this.file = stackFile(project, stack);
    const files = stacksOf(project).map((name) => stackFile(project, name));
    this.sound = new Map(files.map((file) => [file, fs.readFileSync(file, "utf8")]));
  }

  /** Writes the valid file with some values set, each by its path, such as `pools.0.name`; undefined removes one. */
  write(changes: Readonly<Record<string, unknown>>): void {
    this.writeTo(this.file, changes);
  }

  /** Sets values in the files of all stacks, such as the host key, which must be equal in all stacks of one router. */
  writeToAll(changes: Readonly<Record<string, unknown>>): void {
    for (const file of this.sound.keys()) this.writeTo(file, changes);
  }

  private writeTo(file: string, changes: Readonly<Record<string, unknown>>): void {
    const document = parseDocument(this.sound.get(file) ?? "");
    for (const [path, value] of Object.entries(changes)) {
      const [section, ...rest] = path.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key));
      const keys = ["config", `${PROJECT}:${section}`, ...rest];
      if (value === undefined) document.deleteIn(keys);
      else document.setIn(keys, value);
    }
    fs.writeFileSync(file, document.toString());
  }

  reset(): void {
    for (const [file, text] of this.sound) fs.writeFileSync(file, text);
  }

  /** Returns the number of the first line with a text, from 1. */
  lineOf(text: string): number {
    const lines = fs.readFileSync(this.file, "utf8").split("\n");
    return 1 + lines.findIndex((line) => line.includes(text));
  }
}

/** Returns the messages at the end of the engine's output, where it repeats those of the run. */
export function printed(output: string): string[] {
  const [, diagnostics = ""] = output.split("\nDiagnostics:\n");
  const [lines = ""] = diagnostics.split("\n\n");
  return lines.split("\n").flatMap((line) => /^ {4}(.*\S)/.exec(line)?.[1] ?? []);
}
