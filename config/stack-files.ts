import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { stackOf } from "./file-names";
import type { StackText } from "./stack-file";

/** Returns the stack files in a project's folder, sorted by name. */
export function readStackFiles(folder: string): StackText[] {
  const names = readdirSync(folder).filter((name) => stackOf(name) !== undefined);
  return names.sort().map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
}
