import * as pulumi from "@pulumi/pulumi";

import type { Survey } from "../cluster/diagnosis/cluster-state";
import { findGateway } from "../cluster/diagnosis/gateway";
import { findLosses, findProtected } from "../cluster/diagnosis/lost-addresses";
import { findForeign, judgeOrphans, type Orphans } from "../cluster/diagnosis/orphans";
import { findHopInTheWay, orderPools, type PoolStep } from "../cluster/diagnosis/pool-order";
import { formatProblem, cannotBeDeployed, PlanError } from "../config/problem";
import { findMisconfigurations } from "../cluster/diagnosis/misconfigurations";
import { connectionOf } from "../cluster/api/connection";
import { surveyCluster } from "../cluster/survey/survey";
import { reasonFor } from "../config/user-error";
import { removeWebhook, surveyWhenUsable } from "./orphaned-webhook";
import type { Stack } from "./stack";
import { objectsIn } from "../engine/state-contents";
import { userError } from "../engine/run-error";

/** What the checks work with: the real things, but for tests. */
export interface Deps {
  readonly survey: typeof surveyCluster;
  readonly remove: typeof removeWebhook;
  readonly isPreview: () => boolean;
  /** Whether the provider takes over fields of somebody else's. */
  readonly isForced: () => boolean;
  /** What must be known to be in order before anything is removed; where it rejects, nothing is. */
  readonly ready: Promise<unknown>;
}

const real: Deps = {
  survey: surveyCluster,
  remove: removeWebhook,
  isPreview: () => pulumi.runtime.isDryRun(),
  isForced: () => process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] === "true",
  ready: Promise.resolve(),
};

/** What the cluster is like for what is registered next. */
export interface Checked {
  /** Whether the cluster answers. */
  readonly answers: boolean;
  /** Whether MetalLB's namespace was in deletion until now. */
  readonly waited: boolean;
  /** Whether a pool's dry run would fail for a webhook that is there without its service. */
  readonly orphanedWebhook: boolean;
  /** The pools in the order in which they change. */
  readonly steps: readonly PoolStep[];
}

/**
 * Holds the plan against its cluster before anything is registered, and warns before something goes wrong: of a gateway that is no Ready master's, of
 * services that are about to lose their address, of what would keep MetalLB from working. What is left over of a MetalLB whose service is gone is
 * named in a preview, and removed for real. A cluster that does not answer is said in one line, and holds nothing up.
 *
 * @throws pulumi.RunError for a wrong gateway where `gateway.mustBeMaster` is true, for a MetalLB that is not the stack's, but in a preview, and for what
 * does not go away.
 */
export async function checkCluster(stack: Stack, deps: Partial<Deps> = {}): Promise<Checked> {
  const { plan, locate } = stack;
  const { cluster, metallb, gateway } = plan;
  const { survey, isPreview, isForced, remove, ready } = { ...real, ...deps };
  const connection = connectionOf(stack);
  const unanswered = (error: unknown): undefined => {
    if (pulumi.RunError.isInstance(error)) throw error;
    void pulumi.log.info(`Next hop, services and orphaned objects were not checked in cluster ${cluster.name}: ${reasonFor(error)}.`);
  };
  const state = await surveyWhenUsable(connection, survey).catch(unanswered);
  if (state === undefined) return { answers: false, waited: false, orphanedWebhook: false, steps: orderPools(plan.pools, []).steps };
  const losses = findLosses(plan, state);
  if (losses !== undefined) void pulumi.log.warn(formatProblem(locate(losses)));
  const current = state.objects.filter(
    ({ kind, namespace, name }) => kind === "IPAddressPool" && namespace === metallb.namespace && state.pools.includes(name),
  );
  const { steps, obstacles } = orderPools(plan.pools, current);
  const owned = objectsIn(stack.state);
  const foreign = isForced() ? undefined : findForeign(plan, state, owned);
  const refusals = [
    ...findProtected(plan, state),
    ...obstacles,
    ...findHopInTheWay(gateway, current),
    ...(foreign === undefined || isPreview() ? [] : [foreign]),
  ];
  if (refusals.length > 0) throw userError(new PlanError(refusals.map(locate), cannotBeDeployed(plan.stack)).message);
  if (foreign !== undefined) void pulumi.log.warn(formatProblem(locate(foreign)));
  for (const misconfiguration of findMisconfigurations(plan, state)) void pulumi.log.warn(formatProblem(locate(misconfiguration)));
  const wrongGateway = findGateway(plan, state.nodes);
  if (wrongGateway !== undefined) {
    const problem = locate(wrongGateway);
    // Two hosts with one address would be at odds for it.
    if (gateway.mustBeMaster || gateway.mode === "floating")
      throw userError(new PlanError([problem], cannotBeDeployed(plan.stack)).message);
    void pulumi.log.warn(formatProblem(problem));
  }
  const orphans = judgeOrphans(plan, state, owned);
  for (const finding of orphans.findings) void pulumi.log.warn(formatProblem(locate(finding)));
  // What a warning above leads to adopt is not said to be taken over by `up`.
  const said = foreign === undefined ? orphans : { ...orphans, takenOver: [] };
  const orphanedWebhook = await reportOrphans(stack, said, state, isPreview(), async (removable) => {
    await ready;
    return remove(connection, removable).catch(unanswered);
  });
  return { answers: true, waited: state.waited, orphanedWebhook, steps };
}

/** Reports what becomes of orphans, and removes what may go, but in a preview. @returns whether an orphaned webhook configuration is still there */
async function reportOrphans(
  { plan: { cluster } }: Stack,
  { removable, ownWebhook, takenOver }: Orphans,
  { namespace }: Survey,
  preview: boolean,
  remove: (removable: NonNullable<Orphans["removable"]>) => Promise<Awaited<ReturnType<typeof removeWebhook>> | undefined>,
): Promise<boolean> {
  if (takenOver.length > 0) {
    const what = takenOver.join(", ");
    void pulumi.log.info(`Cluster ${cluster.name} has ${what} already: ${preview ? "up takes them over" : "this run takes them over"}.`);
  }
  const orphan = removable ?? ownWebhook;
  if (orphan === undefined) return false;
  const { service } = orphan;
  const gone = `its service ${service.namespace}/${service.name} does not exist`;
  if (removable === undefined) {
    void pulumi.log.warn(
      `Webhook configuration ${orphan.name} in cluster ${cluster.name} is orphaned: ${gone}` +
        `${namespace === "missing" ? ", and neither does its namespace" : ""}: "pulumi up --refresh" restores what was deleted by hand.`,
    );
    return true;
  }
  const configuration = `Webhook configuration ${removable.name} in cluster ${cluster.name}`;
  const left = `${configuration} is orphaned: ${gone}`;
  if (preview) {
    void pulumi.log.info(`${left}; up removes it before anything else.`);
    return true;
  }
  const outcome = await remove(removable);
  if (outcome === "removed" || outcome === "gone already")
    void pulumi.log.info(`${left}; ${outcome === "removed" ? "this run removed it" : "it no longer exists"}.`);
  else if (outcome !== undefined)
    void pulumi.log.warn(`${configuration} was orphaned when this run checked it; it is ${outcome} now, so it stays.`);
  return false;
}
