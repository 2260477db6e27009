import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of the backups, in the project's folder. */
const FOLDER = ".router-backup";

/** A router and the content to save. */
export interface Backup {
  readonly host: string;
  /** The SSH host key, which identifies routers with the same address. */
  readonly hostKey: string;
  /** The content, with one character per byte. */
  readonly content: string;
}

/** The backup cannot be saved. The message has the reason and the fix. */
export class BackupFailed extends Error {
  override readonly name = "BackupFailed";
}

/**
 * Saves a router's routes once per router. An existing backup is older, so it is kept.
 *
 * @param folder the project's folder
 * @returns the file's path in that folder; undefined if a backup exists
 * @throws BackupFailed if the file cannot be written
 */
export function saveBackup(folder: string, { host, hostKey, content }: Backup): string | undefined {
  const routerId = createHash("sha256").update(hostKey).digest("hex").slice(0, 8);
  const file = join(FOLDER, `${host.replaceAll(/[^\w.-]/g, "_")}-${routerId}.txt`);
  try {
    mkdirSync(join(folder, FOLDER), { recursive: true, mode: 0o700 });
    // Another stack may save at the same moment. The flag `wx` keeps the first file, which has the older content.
    writeFileSync(join(folder, file), content, { encoding: "latin1", mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && syscall === "open") return undefined;
    const what = `The static routes that the router ${host} has cannot be saved in ${join(folder, FOLDER)} (${code})`;
    throw new BackupFailed(`${what}, so nothing was changed; make that folder writable.`);
  }
  return file;
}
