import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { parse } from "yaml";

import type { Deployment } from "./deployment";

/**
 * What a file of version 4 may say that it uses: each is a field of single resources, and nothing that is read here depends on one. The engine writes
 * version 4 where it needs to, 3 else.
 */
const FEATURES = ["hooks", "refreshBeforeUpdate", "replaceWith", "taint", "views"];

/** Whether the layout of the file is known. Any other is the engine's to read. */
const isKnown = ({ version, features }: Checkpoint): boolean =>
  version === 3 || (version === 4 && (features ?? []).every((feature) => FEATURES.includes(feature)));

/** Where a program runs: the project's folder, and what the engine has for its environment. */
export interface EnginePlace {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A stack's state, read from the file in which a backend of the kind `file://` keeps it; secrets in it are encrypted. Undefined for any other backend,
 * and where the file is not as expected: then the engine can tell, which takes it a second, most of it for deriving a key from the passphrase.
 */
export function readStateFile(
  project: string,
  stack: string,
  { folder, env }: EnginePlace = { folder: process.cwd(), env: process.env },
): Deployment | undefined {
  try {
    const url = env["PULUMI_BACKEND_URL"] || backendOf(readFileSync(join(folder, "Pulumi.yaml"), "utf8"));
    const [, place] = /^file:\/\/([^?]+)/.exec(url ?? "") ?? [];
    if (place === undefined) return undefined;
    const root = place.startsWith("~") ? join(homedir(), place.slice(1)) : resolve(folder, place);
    const file = join(root, ".pulumi", "stacks", project, `${stack}.json`);
    // Which of the two counts is the backend's to say.
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

function backendOf(text: string): string | undefined {
  return (parse(text) as { backend?: { url?: string } } | null)?.backend?.url;
}
