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
import { checkCluster, unreadCluster, type ClusterCheck } from "../check/cluster";
import type { Deadline } from "../check/deadline";
import { planStack, type PlannedStack } from "../check/stacks";
import type { InSlot } from "../all/slots";
import { compareEngine } from "./engine";
import { checkRecords } from "../check/records";
import { compareRouter } from "./router";

const OVER = "skipped: the time limit of the run is reached";

/** Compares all four; changes nothing. @param inSlot limits how many engines run at once */
export async function compareStack(chosen: StackText, deadline: Deadline, inSlot: InSlot): Promise<Group> {
  const { bounded, stop } = deadline;
  const subject = stackOf(chosen.file) ?? chosen.file;
  let stack: PlannedStack | undefined;
  try {
    stack = await bounded<PlannedStack | undefined>(planStack(chosen), () => undefined);
    if (stack === undefined) return { subject, lines: [unknown("plan", OVER)] };
  } catch (error) {
    if (error instanceof PlanError) return { subject, lines: error.problems.map((problem) => failed("plan", formatProblem(problem))) };
    return { subject, lines: [failed("plan", reasonFor(error))] };
  }
  const planned = stack;
  const late = (...whats: string[]) => whats.map((what) => unknown(what, OVER));
  const state = await bounded<StateReading | undefined>(planned.state(), () => undefined);
  if (state === undefined) return { subject, lines: late("state", "preview", "cluster", "others", "router", "routes") };
  const [cluster, router, records] = await Promise.all([
    bounded(checkCluster(planned), () => unreadCluster(planned, unknown("cluster", OVER), OVER)),
    bounded(compareRouter(planned, state), () => late("router", "routes")),
    bounded(checkRecords(planned, state, true), () => late("reservations")),
  ]);
  const compare = () => inSlot(() => (stop.aborted ? Promise.resolve(late("preview")) : compareEngine(planned, stop)));
  const [unmanaged, engine] = await Promise.all([
    bounded(checkUnmanaged(planned, cluster, state), () => late("others")),
    bounded(Promise.resolve(preview(state, cluster, compare)), () => late("preview")),
  ]);
  return {
    subject,
    lines: [...compareState(planned, state), ...engine, ...cluster.lines.map(asDifference), ...unmanaged, ...router, ...records],
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
