import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

import { readStackFiles } from "../../config/stack-files";
import type { StackText } from "../../config/stack-file";
import { ROOT } from "./stack-files";

/** A fixture: a stack file, or a folder of them. */
export interface Fixture {
  readonly name: string;
  readonly files: readonly StackText[];
  /** The expected error message of an invalid fixture. */
  readonly message: string | undefined;
}

/** Returns the fixtures of tests/fixtures/valid or tests/fixtures/invalid. */
export function fixtures(kind: "valid" | "invalid"): Fixture[] {
  const folder = join(ROOT, "tests", "fixtures", kind);
  const entries = readdirSync(folder).sort();
  return entries
    .filter((entry) => !entry.endsWith(".txt"))
    .map((entry) => {
      const name = basename(entry, ".yaml");
      const path = join(folder, entry);
      // A single file is a stack with the file's name.
      const files = statSync(path).isDirectory() ? readStackFiles(path) : [{ file: `Pulumi.${entry}`, text: readFileSync(path, "utf8") }];
      const message = entries.includes(`${name}.txt`) ? readFileSync(join(folder, `${name}.txt`), "utf8").trimEnd() : undefined;
      return { name, files, message };
    });
}
