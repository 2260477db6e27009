import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../../lab/folders";

/** Returns a new empty folder in the cache folder, where tests may write. Tests leave the machine's other folders alone. */
export function scratchFolder(name: string): string {
  const parent = path.join(cacheFolder, "tests");
  fs.mkdirSync(parent, { recursive: true });
  return fs.mkdtempSync(path.join(parent, `${name}-`));
}
