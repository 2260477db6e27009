import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { parse } from "yaml";

/** The project's folder and the environment variables of the engine. */
export interface EnginePlace {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The backend that the Pulumi CLI uses for a project. */
export interface Backend {
  readonly url: string;
  /** The address for messages, without a password. */
  readonly displayUrl: string;
  /** Where the address comes from, such as PULUMI_BACKEND_URL. */
  readonly source: string;
}

/** Finds the backend as the CLI does; undefined if there is none. */
export function findBackend({ folder, env }: EnginePlace): Backend | undefined {
  const credentials = join(env["PULUMI_CREDENTIALS_PATH"] || env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "credentials.json");
  const candidates: readonly (readonly [source: string, url: () => unknown])[] = [
    ["PULUMI_BACKEND_URL", () => env["PULUMI_BACKEND_URL"]],
    ["Pulumi.yaml", () => (parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")) as { backend?: { url?: unknown } }).backend?.url],
    ["pulumi login", () => (JSON.parse(readFileSync(credentials, "utf8")) as { current?: unknown }).current],
  ];
  for (const [source, read] of candidates) {
    const url = unlessUnreadable(read);
    if (typeof url === "string" && url !== "") return { url, displayUrl: withoutSecrets(url), source };
  }
  return undefined;
}

/** Returns the folder of a `file://` backend; undefined for other backends. */
export function folderOf({ url }: Pick<Backend, "url">, { folder }: EnginePlace): string | undefined {
  const [, place] = /^file:\/\/([^?]+)/.exec(url) ?? [];
  if (place === undefined) return undefined;
  return place.startsWith("~") ? join(homedir(), place.slice(1)) : resolve(folder, place);
}

function unlessUnreadable(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Removes the login and the query of an address, such as a database's. */
const withoutSecrets = (url: string): string => url.replace(/\?.*$/s, "").replace(/^(\w+:\/\/)[^/@]*@/, "$1");
