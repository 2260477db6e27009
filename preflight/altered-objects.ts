import * as pulumi from "@pulumi/pulumi";

import { alterationText, findAltered, type Altered, type Alteration } from "../cluster/diagnosis/alterations";
import { isNextHop } from "../config/next-hop";
import { connectionOf } from "../cluster/api/connection";
import { apiServerOf } from "../cluster/api/kubeconfig";
import { ClusterObjects, ChangeRejected, type Operation } from "../cluster/api/objects";
import { objectIn } from "../cluster/api/resource-path";
import { idOf, type KubeObject } from "../cluster/manifests/kube-object";
import { TEMPORARY_MANAGER, reclaim } from "../cluster/manifests/ownership";
import type { Outputs } from "../engine/state-contents";
import type { Stack } from "./stack";
import * as log from "../engine/log";

/** An object of the stack as the provider recorded it in the state. */
interface Recorded {
  readonly applied: KubeObject;
  /** The field manager that the provider uses for the object. */
  readonly manager: string;
}

/**
 * Finds fields that other field managers wrote in the stack's namespace, pools, advertisements and next hop. The engine does not see fields
 * that the stack does not set, and without a refresh none of them; with one, the server refuses the engine's change because of the other
 * manager. So this restores the fields that the stack applied and removes others from the spec; a preview only reports them. Called after the
 * cluster has answered.
 *
 * @returns the objects whose dry run would fail in a preview, each as kind and name
 * @throws NoResponse if the cluster does not answer any more
 */
export async function restoreAltered(stack: Stack, isPreview = pulumi.runtime.isDryRun()): Promise<string[]> {
  const recorded = [...stack.state.values()].flatMap(recordedIn);
  if (recorded.length === 0) return [];
  const { kubeconfig, context } = connectionOf(stack);
  const cluster = new ClusterObjects(apiServerOf(kubeconfig, context));
  const touched = await Promise.all(recorded.map((one) => restore(cluster, one, isPreview)));
  return touched.flatMap((name) => name ?? []);
}

/** @returns kind and name, if the object is altered */
async function restore(cluster: ClusterObjects, { applied, manager }: Recorded, isPreview: boolean): Promise<string | undefined> {
  const live = await cluster.read(applied);
  if (live === undefined) return undefined;
  const altered = findAltered(live, applied);
  report(applied, altered, isPreview);
  const { alterations, claimants } = altered;
  if (alterations.length === 0 && claimants.length === 0) return undefined;
  if (!isPreview) await reset(cluster, applied, manager);
  return `${applied.kind} ${applied.metadata.name}`;
}

/** Restores the values first, and then makes the stack's manager the owner of the fields, so that its next apply is not refused. */
async function reset(cluster: ClusterObjects, applied: KubeObject, manager: string): Promise<void> {
  try {
    await cluster.change(applied, TEMPORARY_MANAGER, (live) => findAltered(live, applied).alterations.map(operationFor));
    await cluster.change(applied, TEMPORARY_MANAGER, ({ metadata: { managedFields = [] } }) => [
      { op: "replace", path: "/metadata/managedFields", value: reclaim(managedFields, manager, applied) },
    ]);
  } catch (error) {
    if (!(error instanceof ChangeRejected)) throw error;
    log.warn(`${idOf(applied)} cannot be restored: ${error.message}.`);
  }
}

/** Returns the operation that restores a field. */
function operationFor({ keys, live, applied }: Alteration): Operation {
  const path = keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  if (applied === undefined) return { op: "remove", path };
  return { op: live === undefined ? "add" : "replace", path, value: applied };
}

function report(applied: KubeObject, { alterations, claimants, additions }: Altered, isPreview: boolean): void {
  const id = idOf(applied);
  if (alterations.length > 0) {
    const who = [...new Set(alterations.map(({ manager }) => manager))].join(", ");
    const what = alterations.map(alterationText).join("; ");
    if (isPreview) log.warn(`${id} was changed by ${who}: ${what}; up restores it.`);
    else log.info(`${id} was changed by ${who}: ${what}; this run restores it.`);
  } else if (claimants.length > 0) {
    const who = claimants.join(", ");
    log.info(`${id} has fields of this stack that ${who} manages: ${isPreview ? "up" : "this run"} takes them back.`);
  }
  for (const { keys, manager } of additions) log.info(`${id} has ${keys.join(".")}, which ${manager} added and this stack does not set.`);
}

/** Returns an object of the kinds that the program writes itself. The chart's objects are left to the engine. */
function recordedIn(outputs: Outputs): Recorded[] {
  const { __inputs: inputs, __fieldManager: manager } = outputs as { __inputs?: Record<string, unknown>; __fieldManager?: unknown };
  const applied = objectIn(inputs);
  if (applied === undefined || typeof manager !== "string") return [];
  const { apiVersion, kind, metadata } = applied;
  const isOwn = apiVersion.startsWith("metallb.io/") || kind === "Namespace" || (kind === "Service" && isNextHop(metadata.name));
  return isOwn ? [{ applied, manager }] : [];
}
