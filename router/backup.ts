import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { createAtomically } from "../config/files";
import { OneLineError } from "../config/user-error";

/** The folder of the backups, in the project's folder. */
const FOLDER = ".router-backup";

/** A router and the content to save. */
export interface Backup {
  /** @default "static routes" */
  readonly what?: "static routes" | "reservations";
  readonly host: string;
  /** The SSH host key, which identifies routers with the same address. */
  readonly hostKey: string;
  /** The content, with one character per byte. */
  readonly content: string;
}

/** The backup cannot be saved. The message has the reason and the fix. */
export class BackupFailed extends OneLineError {
  override readonly name = "BackupFailed";
}

/**
 * Saves a router's routes or reservations once per router. An existing backup is older, so it is kept.
 *
 * @param folder the project's folder
 * @returns the file's path in that folder; undefined if a backup exists
 * @throws BackupFailed if the file cannot be written
 */
export function saveBackup(folder: string, { what: saved = "static routes", host, hostKey, content }: Backup): string | undefined {
  const routerId = createHash("sha256").update(hostKey).digest("hex").slice(0, 8);
  const file = join(FOLDER, `${host.replaceAll(/[^\w.-]/g, "_")}-${routerId}${saved === "reservations" ? "-reservations" : ""}.txt`);
  try {
    mkdirSync(join(folder, FOLDER), { recursive: true, mode: 0o700 });
    // Another stack may save at the same moment. The first file stays, because it has the older content.
    return createAtomically(join(folder, file), Buffer.from(content, "latin1"), 0o600) ? file : undefined;
  } catch (error) {
    const what = `The ${saved} that the router ${host} has cannot be saved in ${join(folder, FOLDER)} (${(error as NodeJS.ErrnoException).code})`;
    throw new BackupFailed(`${what}, so nothing was changed; make that folder writable.`);
  }
}
