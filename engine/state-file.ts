import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { findBackend, folderOf, type EnginePlace } from "./backend";
import type { Deployment } from "./deployment";

/**
 * The known features of version 4. Each is a field of single resources that nothing here reads. The engine writes version 4 if it needs a
 * feature, and version 3 otherwise.
 */
const FEATURES = ["hooks", "refreshBeforeUpdate", "replaceWith", "taint", "views"];

/** Whether the file's layout is known. The engine must read any other. */
const isKnown = ({ version, features }: Checkpoint): boolean =>
  version === 3 || (version === 4 && (features ?? []).every((feature) => FEATURES.includes(feature)));

/**
 * Reads a stack's state from the file of a `file://` backend. Its secrets are encrypted. Returns undefined for other backends and unknown
 * layouts. The engine can then read the state, which takes a second because it derives a key from the passphrase.
 */
export function readStateFile(
  project: string,
  stack: string,
  { folder, env }: EnginePlace = { folder: process.cwd(), env: process.env },
): Deployment | undefined {
  try {
    const backend = findBackend({ folder, env });
    const root = backend && folderOf(backend, { folder, env });
    if (root === undefined) return undefined;
    const file = join(root, ".pulumi", "stacks", project, `${stack}.json`);
    // Only the backend knows which of the two files is valid.
    if (existsSync(`${file}.gz`)) return undefined;
    const content = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
    return isKnown(content) ? (content.checkpoint?.latest ?? {}) : undefined;
  } catch {
    return undefined;
  }
}

interface Checkpoint {
  readonly version: number;
  readonly features?: readonly string[] | null;
  readonly checkpoint?: { readonly latest?: Deployment | null };
}
