import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "../../config/project";
import { copyClone } from "../clone";
import { cacheFolder } from "../folders";

/** The stack files of a household that shares no name and no address with the examples. */
export const OTHER_HOUSEHOLD = path.join(repository, "tests", "fixtures", "other-household");

/**
 * Runs work in a copy of the clone with the stack files of another household, so that the result cannot depend on the user's stack files. Removes
 * the copy afterwards, unless HOMELAB_KEEP=1 keeps a lab that runs its program.
 */
export async function inOtherHousehold<T>(work: (folder: string) => Promise<T>): Promise<T> {
  fs.mkdirSync(cacheFolder, { recursive: true });
  const folder = fs.mkdtempSync(path.join(cacheFolder, "test-copy-"));
  try {
    copyClone(folder, OTHER_HOUSEHOLD);
    return await work(folder);
  } finally {
    if (process.env["HOMELAB_KEEP"] !== "1") fs.rmSync(folder, { recursive: true, force: true });
  }
}
