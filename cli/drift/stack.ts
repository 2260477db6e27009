/** Compares plan, state, cluster and router of one stack. */
import { stackOf } from "../../config/file-names";
import { reasonFor } from "../../config/user-error";
import { fixFor, NoAnswer } from "../../cluster/api/kubeconfig";
import { readMetalLbObjects } from "../../cluster/survey/metallb-objects";
import { objectsIn } from "../../engine/state-contents";
import { formatProblem, PlanError } from "../../config/problem";
import type { StackText } from "../../config/stack-file";
import { findUnmanaged, type UnmanagedObject } from "../../cluster/diagnosis/unmanaged";
import { differs, failed, ok, unknown, type Group, type Line } from "../check/check";
import type { StateReading } from "../check/cli";
import { seeCluster, type SeenCluster } from "../check/cluster";
import { planStack, type PlannedStack } from "../check/stacks";
import { compareEngine } from "./engine";
import { compareRouter } from "./router";

/** Compares all four; changes nothing. */
export async function compareStack(chosen: StackText, stop: AbortSignal): Promise<Group> {
  const of = stackOf(chosen.file) ?? chosen.file;
  let stack: PlannedStack;
  try {
    stack = await planStack(chosen);
  } catch (error) {
    if (error instanceof PlanError) return { of, lines: error.problems.map((problem) => failed("plan", formatProblem(problem))) };
    return { of, lines: [failed("plan", reasonFor(error))] };
  }
  const state = await stack.state();
  const [cluster, router] = await Promise.all([seeCluster(stack), compareRouter(stack, state)]);
  const [unmanaged, engine] = await Promise.all([lookForUnmanaged(stack, cluster, state), preview(stack, state, cluster, stop)]);
  return { of, lines: [...compareState(stack, state), ...engine, ...cluster.lines.map(asDifference), ...unmanaged, ...router] };
}

/** Reports a failed check as drift: the object was deployed correctly and has changed since. An unreachable cluster stays a failure. */
const asDifference = (line: Line): Line => (line.what !== "cluster" && line.outcome === "failed" ? { ...line, outcome: "differs" } : line);

function compareState({ name }: PlannedStack, { outputs, blocker, pending }: StateReading): Line[] {
  if (outputs === undefined) return [failed("state", blocker?.message ?? "it cannot be read", blocker?.fix)];
  if (outputs.size === 0) return [differs("state", "not deployed yet", `pulumi up --stack ${name}`)];
  const interrupted = [...(pending?.creating ?? []), ...(pending?.updating ?? [])].map(({ urn }) => urn.split("::").at(-1));
  if (interrupted.length === 0) return [ok("state", `${outputs.size} resources`)];
  return [
    differs(
      "state",
      `a run was interrupted, with pending operations on ${interrupted.join(", ")}`,
      "docs/how-to/state-troubleshooting.md describes what to do",
    ),
  ];
}

function preview(stack: PlannedStack, { outputs }: StateReading, cluster: SeenCluster, stop: AbortSignal): Promise<Line[]> | Line[] {
  const not = (why: string) => [unknown("preview", why)];
  if (outputs === undefined) return not("skipped: there is no state to compare the plan with");
  if (outputs.size === 0) return not("skipped: everything would be created");
  if (cluster.server === undefined) return not(cluster.blocker ?? "skipped: the cluster cannot be read");
  return compareEngine(stack, stop);
}

async function lookForUnmanaged({ plan }: PlannedStack, { server, blocker }: SeenCluster, { outputs }: StateReading): Promise<Line[]> {
  const what = "others";
  if (server === undefined) return [unknown(what, blocker ?? "skipped: the cluster cannot be read")];
  try {
    const objects = await readMetalLbObjects(server, plan.metallb.namespace);
    const lines = findUnmanaged(plan, objects, objectsIn(outputs ?? new Map())).map((one) => inWords(plan.stack, one));
    return lines.length > 0 ? lines : [ok(what, `no unmanaged MetalLB objects in namespace ${plan.metallb.namespace}`)];
  } catch (error) {
    if (error instanceof NoAnswer) return [failed(what, reasonFor(error), fixFor(error))];
    throw error;
  }

  function inWords(name: string, { id, isOwn, maker, effect }: UnmanagedObject): Line {
    const does = effect === undefined ? "" : `, and ${effect}`;
    if (isOwn)
      return differs(what, `${id} is managed by the stack, but no longer in the plan${does}`, `pulumi up --stack ${name} removes it`);
    const [kind = "", place = ""] = id.split(" ");
    const [namespace = "", object = ""] = place.split("/");
    const fix = `add it to the stack file, or: kubectl delete ${kind.toLowerCase()} ${object} --namespace ${namespace}`;
    return differs(what, `${id} was made by ${maker}${does}`, fix);
  }
}
