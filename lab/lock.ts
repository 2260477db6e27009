import * as fs from "node:fs";
import * as path from "node:path";
import { identity, isAlive, type ProcessIdentity } from "./process";
import { pause } from "./wait";

/**
 * Runs `work` while holding the lock at `file`, waiting for whoever has it. A lock whose owner is gone is taken over.
 * @param waiting called once, with the owner's process id, when the lock is taken by somebody else.
 */
export async function withLock<T>(file: string, waiting: (owner: number) => void, work: () => Promise<T>): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  // A link to a file that is already complete: nobody ever sees a lock without an owner in it.
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, JSON.stringify(identity(process.pid)));
  let told = false;
  try {
    for (;;) {
      try {
        fs.linkSync(mine, file);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = readOwner(file);
      if (owner !== undefined && !isAlive(owner)) {
        breakStale(file, mine);
        continue;
      }
      if (owner !== undefined && !told) waiting(owner.pid);
      told = true;
      await pause(250);
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** Moves the stale lock aside; where a new owner was quicker and it is theirs that we moved, it goes back. */
function breakStale(file: string, mine: string): void {
  const aside = `${mine}.stale`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readOwner(aside);
  if (moved !== undefined && isAlive(moved)) fs.linkSync(aside, file);
  fs.rmSync(aside, { force: true });
}

function readOwner(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
