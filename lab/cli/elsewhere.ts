import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "../../config/project";
import { copyClone } from "../clone";
import { cacheFolder } from "../folders";

/** The stack files of a household that has no name and no address in common with the examples. */
export const OTHER_HOUSEHOLD = path.join(repository, "tests", "fixtures", "other-household");

/**
 * Does something in a copy of the clone that has the stack files of another household: the stack files are the user's, and what passes there depends on
 * none of them. The copy goes afterwards, unless HOMELAB_KEEP=1 leaves a lab that runs its program.
 */
export async function elsewhere<T>(work: (folder: string) => Promise<T>): Promise<T> {
  fs.mkdirSync(cacheFolder, { recursive: true });
  const folder = fs.mkdtempSync(path.join(cacheFolder, "test-copy-"));
  try {
    copyClone(folder, OTHER_HOUSEHOLD);
    return await work(folder);
  } finally {
    if (process.env["HOMELAB_KEEP"] !== "1") fs.rmSync(folder, { recursive: true, force: true });
  }
}
