import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Runs `work` while holding an exclusive lock on `file`. A child process holds the lock, which the kernel releases when this process ends for
 * any reason, so that there are no stale locks.
 * @param waiting called once before waiting for another process that has the lock
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>, waiting: () => void = () => undefined): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const patience = setTimeout(waiting, 500);
  const holder = spawn("flock", [file, "sh", "-c", "echo locked; exec cat >/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(holder, "exit");
  const first = await Promise.race([once(holder.stdout, "data"), exited]);
  clearTimeout(patience);
  if (!String(first[0]).startsWith("locked")) throw new Error(`${file} could not be locked: flock ended with ${String(first[0])}`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await exited;
  }
}
