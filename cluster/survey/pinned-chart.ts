/** Charts whose archive must have the digest of `metallb.digest`. */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { isChartPath } from "../../config/chart";
import { fileReason } from "../../config/file-error";
import { writeAtomically } from "../../config/files";
import { chartCache, localPath } from "../../config/local-path";
import type { MetalLbPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { isThere, named, readRegular } from "../../config/read-file";
import { LARGEST_CHART } from "../../config/size";
import { ChartNotFound, requests, statusError, type HttpClient } from "./chart-http";
import { locateChart } from "./chart-source";

/** An archive that has the digest of the plan. */
interface Archive {
  /** A description of where the chart is. */
  readonly where: string;
  readonly content: Buffer;
}

/** The result of a comparison: the path of an archive with the digest, or why there is none. */
export type Pinned = { readonly path: string; readonly finding?: never } | { readonly finding: Finding; readonly path?: never };

const defaults: HttpClient = { fetch, limit: 60_000 };

/**
 * Gets the archive of a chart that has a digest, once, and keeps it in a cache. What the cache has is compared again each time.
 *
 * @param folder the project's folder
 * @throws FileError if a file cannot be read or written
 */
export async function pinChart(metallb: MetalLbPlan, folder: string, http: Partial<HttpClient> = {}): Promise<Pinned> {
  const { chart, version, digest = "" } = metallb;
  const cache = chartCache();
  // With the version in the name, a digest that was not changed with the version does not find the earlier chart.
  const path = join(cache, `${version}-${digest.replace("sha256:", "")}.tgz`);
  if (!isChartPath(chart) && isThere(path) && digestOf(named(path, "read", () => readRegular(path))) === digest) return { path };
  try {
    const { content } = await downloadPinned(metallb, folder, { ...defaults, ...http });
    named(path, "written", () => mkdirSync(cache, { recursive: true, mode: 0o700 }));
    writeAtomically(path, content, 0o600);
    return { path };
  } catch (error) {
    if (!(error instanceof ChartNotFound)) throw error;
    return { finding: { path: "metallb.digest", value: quote(digest), rule: error.message, fix: error.fix } };
  }
}

/**
 * Gets the archive of a chart by the digest of the plan, or else by the one that its source publishes, and keeps it in the cache.
 *
 * @param folder the project's folder
 * @returns the path of the archive or folder; undefined if only Helm can get the chart, such as with its login or a proxy
 * @throws ChartNotFound if the chart is not available, or has another digest
 */
export async function chartArchive(metallb: MetalLbPlan, folder: string, http: Partial<HttpClient> = {}): Promise<string | undefined> {
  const { chart } = metallb;
  if (metallb.digest === undefined && isChartPath(chart)) return localPath(chart, folder);
  const digest = metallb.digest ?? (await publishedDigest(metallb, { ...defaults, ...http }));
  if (digest === undefined) return undefined;
  const { path, finding } = await pinChart({ ...metallb, digest }, folder, http);
  if (finding !== undefined) throw new ChartNotFound(finding.rule, finding.fix);
  return path;
}

/** Returns the digest that a source publishes for a chart; undefined if it publishes none, or if only Helm can read the source. */
async function publishedDigest(metallb: MetalLbPlan, http: HttpClient): Promise<string | undefined> {
  try {
    return (await locateChart(metallb, requests(http))).digest;
  } catch (error) {
    if (error instanceof ChartNotFound && !error.certain) return undefined;
    throw error;
  }
}

/**
 * Checks that a chart is available and has the digest of the plan, without keeping it.
 *
 * @param folder the project's folder
 * @returns a description of where the chart is
 * @throws ChartNotFound if the chart is not available, or has another digest
 */
export async function checkPinnedChart(metallb: MetalLbPlan, folder: string, http: Partial<HttpClient> = {}): Promise<string> {
  const { where } = await downloadPinned(metallb, folder, { ...defaults, ...http });
  return `${where}, with the digest of metallb.digest`;
}

/** Reads a chart's archive from its source. @throws ChartNotFound if it is not available, or has another digest than the plan */
async function downloadPinned(metallb: MetalLbPlan, folder: string, http: HttpClient): Promise<Archive> {
  const archive = isChartPath(metallb.chart)
    ? readArchive(localPath(metallb.chart, folder))
    : await download(metallb, http).catch(withoutLogin);
  const found = digestOf(archive.content);
  if (found === metallb.digest) return archive;
  const fix =
    "if you expect another archive, such as after a change of metallb.version, set metallb.digest to its digest; otherwise do not deploy it";
  throw new ChartNotFound(`${archive.where} has the digest ${found}, which is not the one of metallb.digest`, fix);
}

async function download(metallb: MetalLbPlan, http: HttpClient): Promise<Archive> {
  const all = requests(http);
  const { where, address, headers, digest } = await locateChart(metallb, all);
  if (metallb.repository === undefined && digest === undefined)
    throw new ChartNotFound(`${where} is no Helm chart: its manifest has no layer with one`, "correct metallb.chart");
  const answer = await all.get(address, headers);
  if (!answer.ok) throw statusError(address, answer.status);
  return { where, content: await all.read(answer, address, LARGEST_CHART, "correct metallb.chart") };
}

function readArchive(path: string): Archive {
  if (!isThere(path)) throw new ChartNotFound(`there is no chart at ${path}`, "correct metallb.chart");
  try {
    return { where: path, content: readRegular(path) };
  } catch (error) {
    const found = fileReason(error);
    if (found === undefined) throw error;
    throw new ChartNotFound(`${path} cannot be read: ${found.reason}`, found.fix);
  }
}

/** The provider would use Helm's login or a proxy; this download uses neither. */
function withoutLogin(error: unknown): never {
  if (!(error instanceof ChartNotFound) || error.certain) throw error;
  const fix =
    "metallb.digest needs a chart that is downloaded without login and proxy: get it with helm pull, and set metallb.chart to the path of the .tgz file";
  throw new ChartNotFound(error.message, fix);
}

const digestOf = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
