import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { idOf, type KubeObject } from "../../cluster/manifests/kube-object";
import { NoBackup } from "../../router/backup";

/** Where what clusters held before an adoption lies, from the project's folder. */
const FOLDER = ".adopt-backup";

/** What a cluster held before an adoption. Helm's Secrets among it may hold secrets of the user's. */
export interface AdoptionBackup {
  readonly stack: string;
  /** Tells clusters apart. */
  readonly cluster: string;
  /** The moments as ISO 8601; one that was cut off has no end. */
  readonly begun: string;
  readonly ended?: string;
  /** When it was put back. */
  readonly restored?: string;
  readonly objects: readonly KubeObject[];
}

/** A backup, and its file, from the project's folder. */
export interface SavedBackup {
  readonly file: string;
  readonly backup: AdoptionBackup;
}

/**
 * Saves what a cluster holds before it is changed. What an adoption that was cut off saved is older, and stays.
 *
 * @param folder the project's
 * @throws NoBackup where it cannot be written.
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

/** Notes that an adoption has ended, or that it was put back. */
export function noteAdoption(folder: string, saved: SavedBackup, what: "ended" | "restored", now = new Date()): SavedBackup {
  return write(folder, { ...saved, backup: { ...saved.backup, [what]: now.toISOString() } });
}

/** The latest backup of a stack that was not put back. */
export function latestAdoption(folder: string, stack: string): SavedBackup | undefined {
  const files = readFolder(join(folder, FOLDER)).filter((name) => name.startsWith(`${stack}-`) && name.endsWith(".json"));
  return files
    .map((name): SavedBackup => {
      const file = join(FOLDER, name);
      return { file, backup: JSON.parse(readFileSync(join(folder, file), "utf8")) as AdoptionBackup };
    })
    .filter(({ backup }) => backup.stack === stack && backup.restored === undefined)
    .sort((one, other) => (one.backup.begun < other.backup.begun ? 1 : -1))[0];
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // What is in the way is said by the one who writes.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

/** In one step, so that an interrupted run leaves the one before, or none. */
function write(folder: string, saved: SavedBackup): SavedBackup {
  const file = join(folder, saved.file);
  try {
    mkdirSync(join(folder, FOLDER), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.partial`, JSON.stringify(saved.backup, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.partial`, file);
  } catch (error) {
    const what = `The cluster's objects cannot be saved in ${join(folder, FOLDER)} (${(error as NodeJS.ErrnoException).code})`;
    throw new NoBackup(`${what}: make that folder writable.`);
  }
  return saved;
}
