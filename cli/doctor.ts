import { stackOf } from "../config/file-names";
import { reasonFor } from "../config/user-error";
import { ChartNotFound } from "../cluster/survey/chart-http";
import { checkChart } from "../cluster/survey/chart-source";
import { checkPinnedChart } from "../cluster/survey/pinned-chart";
import { readStackFiles } from "../config/stack-files";
import { parseHousehold } from "../config/household";
import { formatProblem, PlanError } from "../config/problem";
import type { StackText } from "../config/stack-file";
import { failed, toJson, toText, hasFailed, ok, summary, unknown, warning, type Group, type Line } from "./check/check";
import { chosenStacks, planStack, type PlannedStack } from "./check/stacks";
import { checkCluster } from "./doctor/cluster";
import { checkMachine } from "./doctor/machine";
import { checkRouter } from "./doctor/router";
import { checkState } from "./doctor/state";
import { type NetworkOptions } from "./lab-network";
import { projectFolder } from "../config/project";
import { print } from "./print";

export interface DoctorOptions extends NetworkOptions {
  /** Prints JSON. */
  readonly json?: boolean;
}

/** Checks everything that a first `up` depends on, all at once, and prints a line for each check. Changes nothing. */
export async function doctor(stack: string | undefined, { json = false }: DoctorOptions): Promise<void> {
  const chosen = chosenStacks(stack);
  const identities = new Map<string, string>();
  const [project, ...stacks] = await Promise.all([checkProject(), ...chosen.map((one) => checkStack(one, identities))]);
  const groups = [{ ...project, lines: [...project.lines, ...checkSharedClusters(identities)] }, ...stacks];
  print(json ? toJson(groups) : `${toText(groups)}\n\n${summary(groups)}`);
  if (hasFailed(groups)) process.exitCode = 1;
}

/** Finds stacks that reach the same cluster, by any kubeconfig. */
function checkSharedClusters(identities: ReadonlyMap<string, string>): Line[] {
  return [...new Set(identities.values())].flatMap((identity) => {
    const stacks = [...identities].flatMap(([stack, one]) => (one === identity ? [stack] : []));
    if (stacks.length === 1) return [];
    const fix = "each stack needs a cluster of its own: correct cluster.kubeconfig or cluster.context";
    return [failed("clusters", `stacks ${stacks.join(" and ")} reach the same cluster (identity ${identity})`, fix)];
  });
}

async function checkProject(): Promise<Group> {
  const machine = await checkMachine();
  return { subject: "this machine", lines: [...machine, ...checkStackFiles()] };
}

/** Compares all stacks with each other, and lists the problems of each. */
function checkStackFiles(): Line[] {
  const files = readStackFiles(projectFolder());
  try {
    const plans = parseHousehold(files);
    return [
      ok(
        "plan",
        `${plans.length === 1 ? "1 stack" : `${plans.length} stacks, no address or route in common`}: ${plans.map(({ plan }) => plan.stack).join(", ")}`,
      ),
    ];
  } catch (error) {
    if (error instanceof PlanError) return error.problems.map((problem) => failed("plan", formatProblem(problem)));
    throw error;
  }
}

async function checkStack(chosen: StackText, identities: Map<string, string>): Promise<Group> {
  const subject = stackOf(chosen.file) ?? chosen.file;
  let stack: PlannedStack;
  try {
    stack = await planStack(chosen);
  } catch (error) {
    if (error instanceof PlanError) return { subject, lines: [unknown("plan", "its stack file has problems, see above")] };
    return { subject, lines: [failed("plan", reasonFor(error))] };
  }
  const [cluster, chart, router, state] = await Promise.all([
    checkCluster(stack, identities),
    checkChartSource(stack),
    checkRouter(stack),
    stack.state().then((reading) => checkState(stack, reading)),
  ]);
  return { subject, lines: [state, ...cluster, chart, ...router] };
}

async function checkChartSource({ plan }: PlannedStack): Promise<Line> {
  try {
    const check = plan.metallb.digest === undefined ? checkChart : checkPinnedChart;
    return ok("chart", await check(plan.metallb, projectFolder()));
  } catch (error) {
    if (!(error instanceof ChartNotFound)) throw error;
    return (error.certain ? failed : warning)("chart", error.message, error.fix);
  }
}
