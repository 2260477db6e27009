import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

import { parse } from "yaml";

import { isChartPath } from "../../config/chart";
import type { MetalLbPlan } from "../../config/plan";
import { localPath } from "../../config/local-path";
import { LARGEST_INDEX } from "../../config/size";
import { ChartNotFound, requests, resolveAddress, statusError, type Headers, type HttpClient, type Requests } from "./chart-http";

/** The place of a chart's archive. */
export interface ChartArchive {
  /** A description of where the chart is. */
  readonly where: string;
  readonly address: string;
  readonly headers: Headers;
  /** The archive's digest as the source publishes it, such as `sha256:…`; undefined if it publishes none. */
  readonly digest?: string;
}

const defaults: HttpClient = { fetch, limit: 7000 };

/**
 * Checks that a chart is available from the source in the plan, without downloading all of it.
 *
 * @param folder the project's folder
 * @returns a description of where the chart is, with its digest if that is known
 * @throws ChartNotFound if the chart is not available
 */
export async function checkChart(metallb: MetalLbPlan, folder: string, http: Partial<HttpClient> = {}): Promise<string> {
  const { chart } = metallb;
  if (isChartPath(chart)) return checkPath(localPath(chart, folder));
  const all = requests({ ...defaults, ...http });
  const { where, address, digest } = await locateChart(metallb, all);
  // A registry has answered with the manifest already.
  if (metallb.repository !== undefined) {
    const answer = await all.get(address);
    await answer.body?.cancel().catch(() => undefined);
    if (!answer.ok) throw statusError(address, answer.status);
  }
  return digest === undefined ? where : `${where}, digest ${digest}`;
}

/** Finds the archive of a chart that is given by name or by an `oci://` address. @throws ChartNotFound if there is none */
export function locateChart({ chart, version, repository }: MetalLbPlan, all: Requests): Promise<ChartArchive> {
  return repository === undefined ? locateImage(all, chart, version) : locateInRepository(all, repository, chart, version);
}

function checkPath(path: string): string {
  const file = path.endsWith(".tgz") ? path : join(path, "Chart.yaml");
  if (!existsSync(file)) throw new ChartNotFound(`there is no chart at ${path}`, "correct metallb.chart");
  if (path.endsWith(".tgz")) return path;
  const { name, version } = parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
  return `${name} ${version} at ${path}`;
}

async function locateInRepository({ get, read }: Requests, repository: string, chart: string, version: string): Promise<ChartArchive> {
  const base = `${repository.replace(/\/$/, "")}/`;
  const index = await get(`${base}index.yaml`);
  if (!index.ok) throw statusError(`${base}index.yaml`, index.status);
  const text = (await read(index, repository, LARGEST_INDEX, "correct metallb.repository")).toString("utf8");
  const entries = entriesOf(text, chart);
  const entry = entries.find((one) => one.version === version);
  if (entry === undefined) {
    const newest = entries.slice(0, 3).map((one) => one.version);
    const has = entries.length === 0 ? `has no chart ${chart}` : `has ${chart} in other versions, such as ${newest.join(", ")}`;
    throw new ChartNotFound(`${repository} ${has}`, entries.length === 0 ? "correct metallb.chart" : "correct metallb.version");
  }
  const address = resolveAddress(entry.urls?.[0] ?? "", base);
  return { where: `${chart} ${version} in ${repository}`, address, headers: {}, ...digestIn(entry.digest) };
}

/** Returns a published digest in the form of the stack file. */
function digestIn(published: unknown): { digest?: string } {
  const [, hex] = /^(?:sha256:)?([0-9a-f]{64})$/.exec(String(published)) ?? [];
  return hex === undefined ? {} : { digest: `sha256:${hex}` };
}

interface Entry {
  readonly version: string;
  readonly urls?: readonly string[];
  readonly digest?: unknown;
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

/** Finds an `oci://` chart by its manifest in the registry. Most registries give an anonymous token on request. */
async function locateImage({ get, read }: Requests, chart: string, version: string): Promise<ChartArchive> {
  const [, host = "", name = ""] = /^oci:\/\/([^/]+)\/(.+?)\/?$/.exec(chart) ?? [];
  const address = `https://${host}/v2/${name}/manifests/${version.replaceAll("+", "_")}`;
  const accept = { accept: "application/vnd.oci.image.manifest.v1+json" };
  const textOf = async (answer: Response, from: string) =>
    (await read(answer, from, LARGEST_INDEX, "correct metallb.chart")).toString("utf8");
  let headers: Headers = {};
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
    headers = { authorization: `Bearer ${token ?? other ?? ""}` };
    answer = await get(address, { ...accept, ...headers });
  }
  if (answer.status === 404) throw new ChartNotFound(`${chart} has no version ${version}`, "correct metallb.chart or metallb.version");
  if (!answer.ok) throw statusError(address, answer.status);
  const found = digestIn(layerIn(await textOf(answer, address)));
  return { where: `version ${version} at ${chart}`, address: `https://${host}/v2/${name}/blobs/${found.digest ?? ""}`, headers, ...found };
}

/** Returns the digest of the layer with the chart; undefined if a manifest has none. */
function layerIn(manifest: string): unknown {
  try {
    const { layers = [] } = JSON.parse(manifest) as { layers?: readonly { mediaType?: string; digest?: unknown }[] };
    return layers.find(({ mediaType }) => mediaType === "application/vnd.cncf.helm.chart.content.v1.tar+gzip")?.digest;
  } catch {
    return undefined;
  }
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
