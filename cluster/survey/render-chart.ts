/** Renders MetalLB's chart with the helm CLI, as the Kubernetes provider renders it. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { parseAllDocuments } from "yaml";

import { isChartPath } from "../../config/chart";
import { writeAtomically } from "../../config/files";
import type { MetalLbPlan } from "../../config/plan";
import { PLACEHOLDER } from "../../config/secret-places";
import { UserError } from "../../config/user-error";
import type { KubeObject } from "../manifests/kube-object";
import { chartValues, RELEASE } from "../manifests/values";
import { ChartNotFound } from "./chart-http";
import { chartArchive } from "./pinned-chart";

/** The time limit for rendering, in milliseconds. Helm takes a quarter of a second for an archive. */
const LIMIT = 120_000;

/**
 * Returns the objects of a chart with the values of a plan.
 *
 * @param folder the folder from which the chart's relative path starts
 * @throws UserError if there is no helm CLI, or if the chart is not available or cannot be rendered
 */
export async function renderChart(metallb: MetalLbPlan, folder: string): Promise<KubeObject[]> {
  const chart = await sourceOf(metallb, folder);
  const values = JSON.stringify(chartValues(metallb));
  // The provider renders definitions too, and no hooks. A placeholder need not fit the schema of the secret's value.
  const schema = values.includes(PLACEHOLDER) ? ["--skip-schema-validation"] : [];
  const options = ["--namespace", metallb.namespace, "--include-crds", "--no-hooks", ...schema];
  const text = await withFile(values, (file) => helm(["template", RELEASE, ...chart, ...options, "--values", file], nameOf(metallb)));
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new UserError(`helm renders no YAML from the chart ${nameOf(metallb)}: correct metallb.values.`);
    const object: unknown = document.toJS();
    if (object === null) return [];
    if (!isObject(object)) throw new UserError(`helm renders no Kubernetes object from the chart ${nameOf(metallb)}: correct the chart.`);
    return [object];
  });
}

/** Whether a document has what each object of Kubernetes has. */
function isObject(document: unknown): document is KubeObject {
  const { apiVersion, kind, metadata } = (document ?? {}) as Partial<KubeObject>;
  return [apiVersion, kind, (metadata as Partial<KubeObject["metadata"]> | null)?.name].every((text) => typeof text === "string");
}

const nameOf = ({ chart, version }: MetalLbPlan) => (isChartPath(chart) ? chart : `${chart} ${version}`);

/** Returns the arguments of helm that name the chart. */
async function sourceOf(metallb: MetalLbPlan, folder: string): Promise<string[]> {
  const { chart, version, repository } = metallb;
  try {
    const path = await chartArchive(metallb, folder);
    if (path !== undefined) return [path];
  } catch (error) {
    if (!(error instanceof ChartNotFound)) throw error;
    throw new UserError(`The chart ${nameOf(metallb)} cannot be rendered: ${error.message}; ${error.fix}.`);
  }
  return [chart, "--version", version, ...(repository === undefined ? [] : ["--repo", repository])];
}

/** Writes a file for the time of some work. If helm fails before it reads its standard input, the error of the pipe hides the one of helm. */
async function withFile<T>(content: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "homelab-values-"));
  try {
    const file = join(folder, "values.json");
    writeAtomically(file, content, 0o600);
    return await work(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function helm(args: readonly string[], chart: string): Promise<string> {
  try {
    // Not with execa: if helm is missing, its process would not end before the time limit.
    return (await promisify(execFile)("helm", args, { timeout: LIMIT, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { code, stderr = "", killed = false, message } = error as Error & { code?: unknown; stderr?: string; killed?: boolean };
    if (code === "ENOENT")
      throw new UserError(
        "The chart cannot be rendered, because the helm CLI is not on PATH: install it (https://helm.sh/docs/intro/install/).",
      );
    const reason = stderr.trim() || (killed ? `it does not end within ${LIMIT / 1000} s` : message);
    throw new UserError(`helm cannot render the chart ${chart}: ${reason}`);
  }
}
