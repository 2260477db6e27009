/** Compares plan, state, cluster and router of one stack. */
import { stackOf } from "../../config/file-names";
import { reasonFor } from "../../config/user-error";
import { fixFor, NoResponse } from "../../cluster/api/kubeconfig";
import { readMetalLbObjects } from "../../cluster/survey/metallb-objects";
import { objectsIn } from "../../engine/state-contents";
import { formatProblem, PlanError } from "../../config/problem";
import type { StackText } from "../../config/stack-file";
import { findUnmanaged, type UnmanagedObject } from "../../cluster/diagnosis/unmanaged";
import { differs, failed, ok, unknown, within, type Group, type Line } from "../check/check";
import type { StateReading } from "../check/cli";
import { checkCluster, type ClusterCheck } from "../check/cluster";
import { planStack, type PlannedStack } from "../check/stacks";
import type { InSlot } from "../all/slots";
import { compareEngine } from "./engine";
import { compareRouter } from "./router";

/** Compares all four; changes nothing. @param inSlot limits how many engines run at once */
export async function compareStack(chosen: StackText, stop: AbortSignal, inSlot: InSlot): Promise<Group> {
  const subject = stackOf(chosen.file) ?? chosen.file;
  let stack: PlannedStack;
  try {
    stack = await planStack(chosen);
  } catch (error) {
    if (error instanceof PlanError) return { subject, lines: error.problems.map((problem) => failed("plan", formatProblem(problem))) };
    return { subject, lines: [failed("plan", reasonFor(error))] };
  }
  const state = await stack.state();
  const [cluster, router] = await Promise.all([checkCluster(stack), compareRouter(stack, state)]);
  const [unmanaged, engine] = await Promise.all([
    checkUnmanaged(stack, cluster, state),
    preview(state, cluster, () => inSlot(() => compareEngine(stack, stop))),
  ]);
  return {
    subject,
    lines: [...compareState(stack, state), ...engine, ...cluster.lines.map(asDifference), ...unmanaged, ...router],
  };
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

function preview({ outputs }: StateReading, cluster: ClusterCheck, compare: () => Promise<Line[]>): Promise<Line[]> | Line[] {
  const notCompared = (why: string) => [unknown("preview", why)];
  if (outputs === undefined) return notCompared("skipped: there is no state to compare the plan with");
  if (outputs.size === 0) return notCompared("skipped: everything would be created");
  if (cluster.server === undefined) return notCompared(cluster.blocker ?? "skipped: the cluster cannot be read");
  return compare();
}

async function checkUnmanaged({ plan }: PlannedStack, { server, blocker }: ClusterCheck, { outputs }: StateReading): Promise<Line[]> {
  const what = "others";
  if (server === undefined) return [unknown(what, blocker ?? "skipped: the cluster cannot be read")];
  try {
    const objects = await within("cluster", readMetalLbObjects(server, plan.metallb.namespace));
    const lines = findUnmanaged(plan, objects, objectsIn(outputs ?? new Map())).map((one) => describeUnmanaged(plan.stack, one));
    return lines.length > 0 ? lines : [ok(what, `no unmanaged MetalLB objects in namespace ${plan.metallb.namespace}`)];
  } catch (error) {
    if (error instanceof NoResponse) return [failed(what, reasonFor(error), fixFor(error))];
    throw error;
  }

  function describeUnmanaged(name: string, { id, isOwn, manager, effect }: UnmanagedObject): Line {
    const effectText = effect === undefined ? "" : `, and ${effect}`;
    if (isOwn)
      return differs(what, `${id} is managed by the stack, but no longer in the plan${effectText}`, `pulumi up --stack ${name} removes it`);
    const [kind = "", place = ""] = id.split(" ");
    const [namespace = "", object = ""] = place.split("/");
    const fix = `add it to the stack file, or: kubectl delete ${kind.toLowerCase()} ${object} --namespace ${namespace}`;
    return differs(what, `${id} was made by ${manager}${effectText}`, fix);
  }
}
