import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../../lab/folders";

/** A new empty folder in the cache folder, where tests may write: the machine's other folders stay as they are. */
export function scratchFolder(name: string): string {
  const parent = path.join(cacheFolder, "tests");
  fs.mkdirSync(parent, { recursive: true });
  return fs.mkdtempSync(path.join(parent, `${name}-`));
}
