import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where what routers held before the first change lies, from the project's folder. */
const FOLDER = ".router-backup";

/** A router and what it held. */
export interface Backup {
  readonly host: string;
  /** Tells routers with one address apart. */
  readonly hostKey: string;
  /** One character for each byte. */
  readonly content: string;
}

/** What a router held cannot be saved: why, and what to do. */
export class NoBackup extends Error {
  override readonly name = "NoBackup";
}

/**
 * Saves what a router held, once for each router: what is saved already is older, and stays.
 *
 * @param folder the project's folder
 * @returns the file, from that folder; undefined where there was one
 * @throws NoBackup where it cannot be written.
 */
export function saveBackup(folder: string, { host, hostKey, content }: Backup): string | undefined {
  const who = createHash("sha256").update(hostKey).digest("hex").slice(0, 8);
  const file = join(FOLDER, `${host.replaceAll(/[^\w.-]/g, "_")}-${who}.txt`);
  try {
    mkdirSync(join(folder, FOLDER), { recursive: true, mode: 0o700 });
    // Two stacks may come here at the same moment: the first one has the older answer.
    writeFileSync(join(folder, file), content, { encoding: "latin1", mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && syscall === "open") return undefined;
    const what = `The static routes that the router ${host} has cannot be saved in ${join(folder, FOLDER)} (${code})`;
    throw new NoBackup(`${what}, so nothing was changed; make that folder writable.`);
  }
  return file;
}
