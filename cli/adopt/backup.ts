import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { idOf, type KubeObject } from "../../cluster/manifests/kube-object";
import { writeAtomically } from "../../config/files";
import { readDocument } from "../../config/read-file";
import { UserError } from "../../config/user-error";
import { BackupFailed } from "../../router/backup";

/** The folder of the backups, relative to the project's folder. */
const FOLDER = ".adopt-backup";

/** The objects of a cluster before an adoption. Helm's Secrets among them may contain secrets of the user. */
export interface AdoptionBackup {
  readonly stack: string;
  /** The cluster's identity. */
  readonly cluster: string;
  /** When the adoption began, in ISO 8601. An interrupted adoption has no end. */
  readonly begun: string;
  readonly ended?: string;
  /** When the adoption was undone. */
  readonly restored?: string;
  readonly objects: readonly KubeObject[];
}

/** A backup and its file, relative to the project's folder. */
export interface SavedBackup {
  readonly file: string;
  readonly backup: AdoptionBackup;
}

/**
 * Saves objects of a cluster before they are changed. Keeps the older backup of an interrupted adoption.
 *
 * @param folder the project's folder
 * @throws BackupFailed if the backup cannot be written
 */
export function saveAdoption(
  folder: string,
  stack: string,
  cluster: string,
  objects: readonly KubeObject[],
  now = new Date(),
): SavedBackup {
  const last = latestAdoption(folder, stack);
  const open = last?.backup.ended === undefined && last?.backup.cluster === cluster ? last : undefined;
  const known = new Set(open?.backup.objects.map(idOf));
  const begun = open?.backup.begun ?? now.toISOString();
  const file = open?.file ?? join(FOLDER, `${stack}-${begun.replaceAll(/[-:]|\.\d+/g, "")}.json`);
  const backup = { stack, cluster, begun, objects: [...(open?.backup.objects ?? []), ...objects.filter((one) => !known.has(idOf(one)))] };
  return write(folder, { file, backup });
}

/** Records that an adoption has ended, or that it was undone. */
export function updateAdoption(folder: string, saved: SavedBackup, what: "ended" | "restored", now = new Date()): SavedBackup {
  return write(folder, { ...saved, backup: { ...saved.backup, [what]: now.toISOString() } });
}

/** Returns the latest backup of a stack whose adoption was not undone. */
export function latestAdoption(folder: string, stack: string): SavedBackup | undefined {
  const files = readFolder(join(folder, FOLDER)).filter((name) => name.startsWith(`${stack}-`) && name.endsWith(".json"));
  return files
    .map((name): SavedBackup => {
      const file = join(FOLDER, name);
      return { file, backup: backupIn(join(folder, file)) };
    })
    .filter(({ backup }) => backup.stack === stack && backup.restored === undefined)
    .sort((one, other) => (one.backup.begun < other.backup.begun ? 1 : -1))[0];
}

function backupIn(file: string): AdoptionBackup {
  try {
    return JSON.parse(readDocument(file) ?? "") as AdoptionBackup;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${file} is damaged: it is not JSON; restore it from another copy, or move it to another folder.`);
  }
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A file in place of the folder is reported when the backup is written.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

/** Writes in one step, so that an interrupted run leaves the previous backup or none. */
function write(folder: string, saved: SavedBackup): SavedBackup {
  const file = join(folder, saved.file);
  try {
    mkdirSync(join(folder, FOLDER), { recursive: true, mode: 0o700 });
    writeAtomically(file, JSON.stringify(saved.backup, undefined, 2), 0o600);
  } catch (error) {
    const what = `The cluster's objects cannot be saved in ${join(folder, FOLDER)} (${(error as NodeJS.ErrnoException).code})`;
    throw new BackupFailed(`${what}: make that folder writable.`);
  }
  return saved;
}
