import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

import { parse } from "yaml";

import { isChartPath } from "../../config/chart";
import type { MetalLbPlan } from "../../config/plan";
import { localPath } from "../../config/local-path";
import { LARGEST_INDEX, megabytes } from "../../config/size";
import { OneLineError } from "../../config/user-error";

/** A chart is not available. The message has the reason and the fix. */
export class ChartNotFound extends OneLineError {
  override readonly name = "ChartNotFound";
  constructor(
    message: string,
    readonly fix: string,
    /** False if Pulumi may still be able to get the chart, such as with a login of Helm's. */
    readonly certain = true,
  ) {
    super(message);
  }
}

/** The dependencies of the search: the real functions, except in tests. */
export interface HttpClient {
  readonly fetch: typeof fetch;
  /** The time limit for all requests together, in milliseconds. */
  readonly limit: number;
}

const defaults: HttpClient = { fetch, limit: 7000 };

/**
 * Checks that a chart is available from the source in the plan, without downloading all of it.
 *
 * @param folder the project's folder
 * @returns a description of where the chart is
 * @throws ChartNotFound if the chart is not available
 */
export async function checkChart(metallb: MetalLbPlan, folder: string, http: Partial<HttpClient> = {}): Promise<string> {
  const { chart, version, repository } = metallb;
  if (isChartPath(chart)) return checkPath(localPath(chart, folder));
  const { fetch, limit } = { ...defaults, ...http };
  const signal = AbortSignal.timeout(limit);
  const get: Get = async (address, headers = {}) => {
    try {
      return await fetch(address, { signal, headers });
    } catch (error) {
      throw unreachable(address, error, limit);
    }
  };
  if (repository === undefined) return checkImage(get, chart, version);
  return checkRepository(get, repository, chart, version, (error) => unreachable(repository, error, limit));
}

type Get = (address: string, headers?: Record<string, string>) => Promise<Response>;

function checkPath(path: string): string {
  const file = path.endsWith(".tgz") ? path : join(path, "Chart.yaml");
  if (!existsSync(file)) throw new ChartNotFound(`there is no chart at ${path}`, "correct metallb.chart");
  if (path.endsWith(".tgz")) return path;
  const { name, version } = parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
  return `${name} ${version} at ${path}`;
}

async function checkRepository(
  get: Get,
  repository: string,
  chart: string,
  version: string,
  broken: (error: unknown) => ChartNotFound,
): Promise<string> {
  const base = `${repository.replace(/\/$/, "")}/`;
  const index = await get(`${base}index.yaml`);
  if (!index.ok) throw statusError(`${base}index.yaml`, index.status);
  const text = await textOf(index, repository).catch((error: unknown) => {
    throw error instanceof ChartNotFound ? error : broken(error);
  });
  const entries = entriesOf(text, chart);
  const entry = entries.find((one) => one.version === version);
  if (entry === undefined) {
    const newest = entries.slice(0, 3).map((one) => one.version);
    const has = entries.length === 0 ? `has no chart ${chart}` : `has ${chart} in other versions, such as ${newest.join(", ")}`;
    throw new ChartNotFound(`${repository} ${has}`, entries.length === 0 ? "correct metallb.chart" : "correct metallb.version");
  }
  const archive = new URL(entry.urls?.[0] ?? "", base).href;
  const answer = await get(archive);
  await answer.body?.cancel().catch(() => undefined);
  if (!answer.ok) throw statusError(archive, answer.status);
  return `${chart} ${version} in ${repository}`;
}

/** Reads an answer up to the limit of an index. */
async function textOf({ body }: Response, address: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > LARGEST_INDEX)
      throw new ChartNotFound(`${address} sends more than ${megabytes(LARGEST_INDEX)}`, "correct metallb.repository");
  }
  return Buffer.concat(chunks).toString("utf8");
}

interface Entry {
  readonly version: string;
  readonly urls?: readonly string[];
}

/**
 * Returns a chart's entries in a repository index. An index can have megabytes, so only the chart's lines are parsed, by the indentation
 * that Helm writes.
 */
function entriesOf(index: string, chart: string): readonly Entry[] {
  const lines = index.split("\n");
  const start = lines.indexOf(`  ${chart}:`);
  const length = lines.slice(start + 1).findIndex((line) => /^ {0,2}[^\s-]/.test(line));
  const part = ["entries:", ...lines.slice(start, length < 0 ? undefined : start + 1 + length)].join("\n");
  try {
    const { entries } = parse(start < 0 ? index : part) as { entries?: Record<string, Entry[]> };
    return entries?.[chart] ?? [];
  } catch {
    return [];
  }
}

/** Checks an `oci://` chart by its manifest in the registry. Most registries give an anonymous token on request. */
async function checkImage(get: Get, chart: string, version: string): Promise<string> {
  const [, host = "", name = ""] = /^oci:\/\/([^/]+)\/(.+?)\/?$/.exec(chart) ?? [];
  const address = `https://${host}/v2/${name}/manifests/${version.replaceAll("+", "_")}`;
  const accept = { accept: "application/vnd.oci.image.manifest.v1+json" };
  let answer = await get(address, accept);
  const challenge = answer.headers.get("www-authenticate");
  if (answer.status === 401 && challenge?.startsWith("Bearer ")) {
    const parameters = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]));
    const { realm = "", ...scope } = parameters as { realm?: string };
    if (!isOwnRealm(realm, host)) {
      const elsewhere = URL.canParse(realm) ? new URL(realm).origin : "a place that is no URL";
      throw new ChartNotFound(`${host} asks for a login at ${elsewhere}, which is not its own`, "correct metallb.chart", false);
    }
    const tokenResponse = await get(`${realm}?${new URLSearchParams(scope).toString()}`);
    const { token, access_token: other } = tokenResponse.ok
      ? (JSON.parse(await textOf(tokenResponse, realm)) as { token?: string; access_token?: string })
      : {};
    answer = await get(address, { ...accept, authorization: `Bearer ${token ?? other ?? ""}` });
  }
  if (answer.status === 404) throw new ChartNotFound(`${chart} has no version ${version}`, "correct metallb.chart or metallb.version");
  if (!answer.ok) throw statusError(address, answer.status);
  return `version ${version} at ${chart}`;
}

/** Whether a registry's own server gives the token: over https, on the registry's host or another one of its domain, as with Docker Hub. */
function isOwnRealm(realm: string, registry: string): boolean {
  if (!URL.canParse(realm)) return false;
  const { protocol, hostname, host } = new URL(realm);
  const name = registry.replace(/:\d+$/, "");
  if (protocol !== "https:") return false;
  if (host === registry || hostname === name) return true;
  const domain = name.split(".").slice(-2).join(".");
  return isIP(name) === 0 && domain.includes(".") && hostname.endsWith(`.${domain}`);
}

function statusError(address: string, status: number): ChartNotFound {
  // Helm may have stored a login for this registry, which the provider would use.
  if (status === 401 || status === 403) return new ChartNotFound(`${address} answers ${status}`, "log in there with helm", false);
  return new ChartNotFound(`${address} answers ${status}`, "correct metallb.repository or metallb.chart");
}

/** The message of fetch says only that it failed; its cause has the reason. */
function unreachable(address: string, error: unknown, limit: number): ChartNotFound {
  const { name, cause } = error as Error & { cause?: { code?: string; message?: string } };
  const late = name === "TimeoutError" || name === "AbortError";
  const reason = late ? `silent for ${limit / 1000} s` : (cause?.code ?? cause?.message ?? name);
  const what = `${new URL(address).origin} does not answer (${reason})`;
  if ((process.env["HTTPS_PROXY"] ?? process.env["https_proxy"]) === undefined)
    return new ChartNotFound(what, "check the connection to it");
  return new ChartNotFound(what, "this check does not use HTTPS_PROXY, which Pulumi's provider uses", false);
}
