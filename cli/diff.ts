import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { renderStack, type RenderedStack } from "../cluster/manifests/rendered-stack";
import { renderChart } from "../cluster/survey/render-chart";
import { parseHousehold } from "../config/household";
import type { ParsedStack } from "../config/parse";
import type { MetalLbPlan } from "../config/plan";
import { PlanError } from "../config/problem";
import { projectFolder } from "../config/project";
import { readStackFiles } from "../config/stack-files";
import { UserError } from "../config/user-error";
import { compare } from "../report/diff/compare";
import { isEmpty, type Diff } from "../report/diff/diff";
import { diffText } from "../report/diff/text";
import { diffSummary } from "./ci/diff-summary";
import { Commit } from "./diff/base";
import { print } from "./print";

export interface DiffOptions {
  /** The commit to compare with. @default HEAD */
  readonly base?: string;
  /** Prints JSON. */
  readonly json?: boolean;
  /** Prints Markdown for a comment. */
  readonly markdown?: boolean;
}

/**
 * Prints what the stack files change since another commit. Needs no cluster, router, state, kubeconfig and passphrase. The exit
 * status is 2 if something differs, else 0.
 *
 * @throws UserError if one of the versions cannot be read or rendered
 */
export async function diff({ base = "HEAD", json = false, markdown = false }: DiffOptions, folder = projectFolder()): Promise<void> {
  if (json && markdown) throw new UserError("Give either --json or --markdown, not both.");
  const found = await diffFrom(base, folder);
  print(json ? JSON.stringify(found, undefined, 2) : markdown ? diffSummary(found) : diffText(found));
  process.exitCode = isEmpty(found) ? 0 : 2;
}

/** Compares the stack files in a folder with those of a commit. @throws UserError if one of the versions cannot be read or rendered */
export async function diffFrom(base: string, folder: string): Promise<Diff> {
  const commit = await Commit.find(folder, base);
  const before = fs.mkdtempSync(path.join(os.tmpdir(), "homelab-diff-"));
  try {
    await commit.extractStackFiles(before);
    const to = parseHousehold(readStackFiles(folder));
    const { stacks: from, problem } = readBase(before);
    const old = await Promise.all(from.map((stack) => versionOf(stack, before, (chart) => commit.extractChart(chart, before))));
    const now = await Promise.all(to.map((stack) => versionOf(stack, folder, (chart) => Promise.resolve(chart))));
    // A pull request may also repair a chart that cannot be rendered.
    const unrendered = new Set<string>();
    const render = (metallb: MetalLbPlan, of: string) =>
      renderChart(metallb, of).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        unrendered.add(error.message);
        return [];
      });
    const found = compare(await rendered(old, now, render), await rendered(now, old, renderChart));
    const problems = [...(problem === undefined ? [] : [problem]), ...unrendered].map((text) => `At ${base}: ${text}`);
    return problems.length === 0 ? found : { ...found, baseProblem: problems.join("\n") };
  } finally {
    fs.rmSync(before, { recursive: true, force: true });
  }
}

/** Reads the stacks of the base. A pull request may repair a base with a problem, so the stacks that can be read are compared. */
function readBase(folder: string): { readonly stacks: ParsedStack[]; readonly problem?: string } {
  try {
    const files = readStackFiles(folder);
    return orProblem(
      () => ({ stacks: parseHousehold(files) }),
      (problem) => ({
        stacks: files.flatMap((file) =>
          orProblem(
            () => parseHousehold([file]),
            () => [],
          ),
        ),
        problem,
      }),
    );
  } catch (error) {
    if (error instanceof UserError) return { stacks: [], problem: error.message };
    throw error;
  }
}

/** Does some work, or something else with the message of a {@link PlanError}. */
function orProblem<T>(work: () => T, otherwise: (problem: string) => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PlanError) return otherwise(error.message);
    throw error;
  }
}

/** A stack, and what its chart is rendered from. */
interface Version {
  readonly stack: ParsedStack;
  readonly metallb: MetalLbPlan;
  readonly folder: string;
  /** Equal for equal objects of the chart. */
  readonly key: string;
}

async function versionOf(stack: ParsedStack, folder: string, chartIn: (chart: string) => Promise<string>): Promise<Version> {
  const { metallb } = stack.plan;
  const chart = await chartIn(metallb.chart);
  const key = JSON.stringify({ ...metallb, chart: chart.startsWith(".") ? path.resolve(folder, chart) : chart });
  return { stack, metallb: { ...metallb, chart }, folder, key };
}

/** Renders the stacks. A chart that is the same in both versions has no differences, so it is not rendered. */
function rendered(stacks: readonly Version[], others: readonly Version[], render: typeof renderChart): Promise<RenderedStack[]> {
  const charts = new Map<string, ReturnType<typeof renderChart>>();
  const chartOf = ({ stack, metallb, folder, key }: Version) => {
    if (others.some((other) => other.stack.plan.stack === stack.plan.stack && other.key === key)) return Promise.resolve([]);
    const known = charts.get(key) ?? render(metallb, folder);
    charts.set(key, known);
    return known;
  };
  return Promise.all(stacks.map(async (one) => renderStack(one.stack, await chartOf(one))));
}
