import * as pulumi from "@pulumi/pulumi";

import { alterationsText, findAltered, isWrittenByOthers, type Altered, type Alteration } from "../cluster/diagnosis/alterations";
import { connectionOf } from "../cluster/api/connection";
import { apiServerOf } from "../cluster/api/kubeconfig";
import { ClusterObjects, ChangeRejected, type Operation } from "../cluster/api/objects";
import { collectionOf, objectIn } from "../cluster/api/resource-path";
import { escaped, fieldText, keyOf, pointerOf } from "../cluster/manifests/fields";
import { idOf, type KubeObject, type Metadata } from "../cluster/manifests/kube-object";
import { deviations, plannedObjects } from "../cluster/manifests/planned-objects";
import { TEMPORARY_MANAGER, reclaim } from "../cluster/manifests/ownership";
import type { LiveMetadata } from "../cluster/survey/missing-objects";
import type { Outputs } from "../engine/state-contents";
import type { Stack } from "./stack";
import * as log from "../engine/log";

/** An object of the stack as the provider recorded it in the state. */
interface Recorded {
  readonly applied: KubeObject;
  /** The object as the cluster had it after the apply; undefined if an interrupted run was changing it. */
  readonly stored: KubeObject | undefined;
  /** The field manager that the provider uses for the object. */
  readonly manager: string;
}

/**
 * Finds fields that other field managers wrote in the stack's objects. The engine does not see fields that the stack does not set, and
 * without a refresh none of them; with one, the server refuses the engine's change because of the other manager. So this restores the fields
 * that the stack applied and removes others from the content; a preview only reports them. Called after the cluster has answered.
 *
 * @param seen the metadata of the stack's objects, if it has been read: objects that nobody changed are not read again
 * @returns the objects whose dry run would fail in a preview, each as kind and name
 * @throws NoResponse if the cluster does not answer any more
 */
export async function restoreAltered(stack: Stack, isPreview = pulumi.runtime.isDryRun(), seen?: LiveMetadata): Promise<string[]> {
  const { updating } = await stack.pending;
  const pending = new Set(updating.map(({ urn }) => urn));
  const recorded = [...stack.state]
    .flatMap(([urn, outputs]) => recordedIn(outputs, pending.has(urn)))
    .filter((one) => seen === undefined || isSuspect(one, seen.get(pathOf(one.applied))));
  if (recorded.length === 0) return [];
  const { kubeconfig, context } = connectionOf(stack);
  const cluster = new ClusterObjects(apiServerOf(kubeconfig, context));
  const planned = new Map(plannedObjects(stack.plan).map(({ object }) => [idOf(object), object]));
  const isChanged = ({ applied }: Recorded) => {
    const object = planned.get(idOf(applied));
    return object !== undefined && deviations(object, applied).length > 0;
  };
  const examined = await Promise.all(recorded.map((one) => examine(cluster, one)));
  const found = examined.flatMap((one) => one ?? []);
  // In the order of the state, and not in that of the answers.
  for (const { applied, altered } of found) report(applied, altered, isPreview);
  if (!isPreview) await Promise.all(found.filter(({ altered }) => isForeign(altered)).map((one) => reset(cluster, one)));
  return found
    .filter((one) => isAltered(one.altered) || (one.altered.sharers.length > 0 && isChanged(one)))
    .map(({ applied: { kind, metadata } }) => `${kind} ${metadata.name}`);
}

const pathOf = (object: KubeObject): string => `${collectionOf(object)}/${object.metadata.name}`;

/** Whether an object may have changed since the stack applied it. An object without metadata is missing, or hidden from the user. */
function isSuspect({ applied: { kind }, stored }: Recorded, live: Metadata | undefined): boolean {
  if (live === undefined) return false;
  // A field that another manager removed leaves no trace but the counters.
  const then = stored?.metadata;
  const isCounted = live.generation !== undefined && then?.generation !== undefined;
  const isCurrent = isCounted ? live.generation === then.generation : live.resourceVersion === then?.resourceVersion;
  return !isCurrent || isWrittenByOthers({ kind, metadata: live });
}

/** Compares an object with what the stack applied. @returns undefined if the cluster does not have it */
async function examine(cluster: ClusterObjects, one: Recorded): Promise<(Recorded & { readonly altered: Altered }) | undefined> {
  const live = await cluster.read(one.applied);
  return live === undefined ? undefined : { ...one, altered: findAltered(live, one.applied, one.stored) };
}

const isAltered = ({ alterations, claimants }: Altered): boolean => alterations.length + claimants.length > 0;

/** Whether other managers own fields of the object. One that the stack took over has its former manager as an owner too. */
const isForeign = (altered: Altered): boolean => isAltered(altered) || altered.sharers.length > 0;

/** Restores the values first, and then makes the stack's manager the owner of the fields, so that its next apply is not refused. */
async function reset(cluster: ClusterObjects, { applied, stored, manager }: Recorded): Promise<void> {
  try {
    await cluster.change(applied, TEMPORARY_MANAGER, (live) => operationsFor(live, findAltered(live, applied, stored).alterations));
    await cluster.change(applied, TEMPORARY_MANAGER, ({ metadata: { managedFields = [] } }) => [
      { op: "replace", path: "/metadata/managedFields", value: reclaim(managedFields, manager, applied) },
    ]);
  } catch (error) {
    if (!(error instanceof ChangeRejected)) throw error;
    log.warn(`${idOf(applied)} cannot be restored: ${error.message}.`);
  }
}

/** Returns the operations that restore fields. Items of a list are removed last, from its end, so that no index becomes wrong. */
function operationsFor(live: KubeObject, alterations: readonly Alteration[]): Operation[] {
  const operations = alterations.map(({ path, live: now, applied }): Operation => {
    if (applied === undefined) return { op: "remove", path: pointerOf(live, path) };
    if (now !== undefined) return { op: "replace", path: pointerOf(live, path), value: applied };
    const key = path.at(-1) ?? "";
    const above = pointerOf(live, path.slice(0, -1));
    return { op: "add", path: key.startsWith("k:") ? `${above}/-` : `${above}/${escaped(keyOf(key))}`, value: applied };
  });
  const removals = operations.filter(({ op }) => op === "remove");
  const fromEnd = removals.sort((one, other) => other.path.localeCompare(one.path, "en", { numeric: true }));
  return [...operations.filter(({ op }) => op !== "remove"), ...fromEnd];
}

function report(applied: KubeObject, { alterations, claimants, additions }: Altered, isPreview: boolean): void {
  const id = idOf(applied);
  if (alterations.length > 0) {
    const who = [...new Set(alterations.map(({ manager }) => manager))].join(", ");
    const what = alterationsText(alterations);
    if (isPreview) log.warn(`${id} was changed by ${who}: ${what}; up restores it.`);
    else log.info(`${id} was changed by ${who}: ${what}; this run restores it.`);
  } else if (claimants.length > 0) {
    const who = claimants.join(", ");
    log.info(`${id} has fields of this stack that ${who} manages: ${isPreview ? "up" : "this run"} takes them back.`);
  }
  for (const { path, manager } of additions) log.info(`${id} has ${fieldText(path)}, which ${manager} added and this stack does not set.`);
}

/** The key by which Pulumi marks a secret in a state. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** Returns a Kubernetes object of the stack. An object with encrypted values cannot be compared. */
function recordedIn(outputs: Outputs, isPending: boolean): Recorded[] {
  const { __inputs: inputs, __fieldManager: manager } = outputs as { __inputs?: Record<string, unknown>; __fieldManager?: unknown };
  const applied = objectIn(withServerKeys(inputs));
  if (applied === undefined || typeof manager !== "string" || JSON.stringify(inputs).includes(SECRET)) return [];
  return [{ applied, stored: isPending ? undefined : objectIn(withServerKeys(outputs)), manager }];
}

/** Returns a definition of custom resources with the keys that the server uses: Pulumi writes `x-kubernetes-…` with underscores. */
function withServerKeys(values: Outputs = {}): Outputs {
  if (values["kind"] !== "CustomResourceDefinition") return values;
  const text = JSON.stringify(values).replaceAll(/"x_kubernetes_\w+":/g, (key) => key.replaceAll("_", "-"));
  return JSON.parse(text.replaceAll(/"_(ref|schema)":/g, '"$$$1":')) as Outputs;
}
