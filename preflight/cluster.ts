import * as pulumi from "@pulumi/pulumi";

import type { Survey } from "../cluster/diagnosis/cluster-state";
import { findGateway } from "../cluster/diagnosis/gateway";
import { findLosses, findProtected } from "../cluster/diagnosis/lost-addresses";
import { findForeign, classifyOrphans, type Orphans } from "../cluster/diagnosis/orphans";
import { findNextHopConflict, orderPools, type PoolStep } from "../cluster/diagnosis/pool-order";
import { formatProblem, cannotBeDeployed, PlanError } from "../config/problem";
import { findReplacedHop, findUnhandled } from "../cluster/diagnosis/service-class";
import { findUsedAddresses } from "../cluster/diagnosis/used-addresses";
import { findMisconfigurations } from "../cluster/diagnosis/misconfigurations";
import { connectionOf } from "../cluster/api/connection";
import { surveyCluster } from "../cluster/survey/survey";
import { reasonAndFix } from "../cluster/api/no-response";
import { removeWebhook, surveyWhenNamespaceReady } from "./orphaned-webhook";
import type { Stack } from "./stack";
import { objectsIn } from "../engine/state-contents";
import { userError } from "../engine/run-error";
import * as log from "../engine/log";

/** The dependencies of the checks: the real functions, except in tests. */
export interface Deps {
  readonly survey: typeof surveyCluster;
  readonly remove: typeof removeWebhook;
  readonly isPreview: () => boolean;
  /** Whether the provider takes over fields that are managed by another tool. */
  readonly isForced: () => boolean;
  /** The check that must succeed before anything is removed. If it rejects, nothing is removed. */
  readonly ready: Promise<unknown>;
}

const defaults: Deps = {
  survey: surveyCluster,
  remove: removeWebhook,
  isPreview: () => pulumi.runtime.isDryRun(),
  isForced: () => process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] === "true",
  ready: Promise.resolve(),
};

/** The state of the cluster, as the components need it. */
export interface Checked {
  /** Whether the cluster answers. */
  readonly answers: boolean;
  /** Whether the check had to wait until the deletion of MetalLB's namespace was complete. */
  readonly hasWaited: boolean;
  /** Whether an orphaned webhook configuration makes the dry run of a pool fail. */
  readonly orphanedWebhook: boolean;
  /** The objects whose dry run would fail although `up` can change them, each as kind and name. */
  readonly withoutDryRun: readonly string[];
  /** The pools in the order of their changes. */
  readonly steps: readonly PoolStep[];
}

/**
 * Compares the plan with its cluster before any resource is registered. Warns of a gateway that is not the address of a Ready master, of
 * services that will lose their address, and of known misconfigurations. Removes an orphaned webhook configuration; a preview only reports
 * it. If the cluster does not answer, one line says so and the run goes on.
 *
 * @throws pulumi.RunError if pools cannot change as planned, if MetalLB would reject a pool or the cluster uses its addresses, if the gateway is wrong and `gateway.mustBeMaster` is true, if MetalLB is
 * managed by another tool (a warning in a preview), or if an object is not deleted in time
 */
export async function checkCluster(stack: Stack, deps: Partial<Deps> = {}): Promise<Checked> {
  const { plan, locate } = stack;
  const { cluster, metallb, gateway } = plan;
  const { survey, isPreview, isForced, remove, ready } = { ...defaults, ...deps };
  const connection = connectionOf(stack);
  const onNoResponse = (error: unknown): undefined => {
    if (pulumi.RunError.isInstance(error)) throw error;
    const offline = isPreview() ? ' "bin/homelab diff" shows an edit without the cluster.' : "";
    log.info(`Next hop, services and orphaned objects were not checked in cluster ${cluster.name}: ${reasonAndFix(error)}.${offline}`);
  };
  const state = await surveyWhenNamespaceReady(connection, survey).catch(onNoResponse);
  if (state === undefined)
    return { answers: false, hasWaited: false, orphanedWebhook: false, withoutDryRun: [], steps: orderPools(plan.pools, []).steps };
  const losses = findLosses(plan, state);
  if (losses !== undefined) log.warn(formatProblem(locate(losses)));
  const current = state.objects.filter(
    ({ kind, namespace, name }) => kind === "IPAddressPool" && namespace === metallb.namespace && state.pools.includes(name),
  );
  const { steps, conflicts } = orderPools(plan.pools, current);
  const owned = objectsIn(stack.state);
  const foreign = isForced() ? undefined : findForeign(plan, state, owned);
  const orphans = classifyOrphans(plan, state, owned);
  // Pools that a run of Pulumi created and did not record are put in order like the stack's own.
  const made = state.pools.map((name) => `IPAddressPool ${name}`);
  const others = classifyOrphans(plan, state, new Set([...owned, ...made]));
  // An adoption previews the stack first, and has its own refusals of pools that another tool manages.
  const conflicting = foreign !== undefined ? [] : isForced() ? others.overlaps : others.findings;
  const unhandled = findUnhandled(plan, state);
  const refusals = [
    ...findProtected(plan, state),
    ...conflicts,
    ...findNextHopConflict(gateway, current),
    ...conflicting,
    ...findUsedAddresses(plan, state),
    ...(unhandled.refusal === undefined ? [] : [unhandled.refusal]),
    ...(foreign === undefined || isPreview() ? [] : [foreign]),
  ];
  if (refusals.length > 0) throw userError(new PlanError(refusals.map(locate), cannotBeDeployed(plan.stack)).message);
  if (foreign !== undefined) log.warn(formatProblem(locate(foreign)));
  if (unhandled.warning !== undefined) log.warn(formatProblem(locate(unhandled.warning)));
  for (const misconfiguration of findMisconfigurations(plan, state)) log.warn(formatProblem(locate(misconfiguration)));
  const wrongGateway = findGateway(plan, state.nodes);
  if (wrongGateway !== undefined) {
    const problem = locate(wrongGateway);
    // A floating address that another host has as well would be an address conflict on the LAN.
    if (gateway.mustBeMaster || gateway.mode === "floating")
      throw userError(new PlanError([problem], cannotBeDeployed(plan.stack)).message);
    log.warn(formatProblem(problem));
  }
  for (const finding of orphans.findings) log.warn(formatProblem(locate(finding)));
  // The warning above says that another tool manages these objects, so no message may say that `up` takes them over.
  const reported = foreign === undefined ? orphans : { ...orphans, adopted: [] };
  const orphanedWebhook = await reportOrphans(stack, reported, state, isPreview(), async (removable) => {
    await ready;
    return remove(connection, removable).catch(onNoResponse);
  });
  const withoutDryRun = findReplacedHop(plan, state);
  return { answers: true, hasWaited: state.hasWaited, orphanedWebhook, withoutDryRun, steps };
}

/**
 * Reports orphaned objects, and removes those that can go, except in a preview. @returns whether an orphaned webhook configuration remains
 */
async function reportOrphans(
  { plan: { cluster } }: Stack,
  { removable, ownWebhook, adopted }: Orphans,
  { namespace }: Survey,
  preview: boolean,
  remove: (removable: NonNullable<Orphans["removable"]>) => Promise<Awaited<ReturnType<typeof removeWebhook>> | undefined>,
): Promise<boolean> {
  if (adopted.length > 0) {
    const what = adopted.join(", ");
    log.info(`Cluster ${cluster.name} has ${what} already: ${preview ? "up takes them over" : "this run takes them over"}.`);
  }
  const orphan = removable ?? ownWebhook;
  if (orphan === undefined) return false;
  const { service } = orphan;
  const reason = `its service ${service.namespace}/${service.name} does not exist`;
  if (removable === undefined) {
    log.warn(
      `Webhook configuration ${orphan.name} in cluster ${cluster.name} is orphaned: ${reason}` +
        `${namespace === "missing" ? ", and neither does its namespace" : ""}: "pulumi up --refresh" restores what was deleted by hand.`,
    );
    return true;
  }
  const configuration = `Webhook configuration ${removable.name} in cluster ${cluster.name}`;
  const left = `${configuration} is orphaned: ${reason}`;
  if (preview) {
    log.info(`${left}; up removes it before anything else.`);
    return true;
  }
  const outcome = await remove(removable);
  if (outcome === "removed" || outcome === "gone already")
    log.info(`${left}; ${outcome === "removed" ? "this run removed it" : "it no longer exists"}.`);
  else if (outcome !== undefined) log.warn(`${configuration} was orphaned when this run checked it; it is ${outcome} now, so it stays.`);
  return false;
}
