import * as pulumi from "@pulumi/pulumi";

import { idOf, type KubeObject } from "../cluster/manifests/kube-object";
import { ask, METADATA_ONLY, type Metadata } from "../cluster/api/api-client";
import { connectionOf } from "../cluster/api/connection";
import type { EngineCommand } from "../engine/cli-invocation";
import { apiServerOf, type ApiServer } from "../cluster/api/kubeconfig";
import { collectionOf, objectIn } from "../cluster/api/resource-path";
import type { Stack } from "./stack";
import { userError } from "../engine/run-error";
import { waitFor, type WaitOptions } from "./waiting";

const waitForDeletion: WaitOptions = { limit: 120_000, interval: 500, reportInterval: 10_000 };

/** The largest number of objects that a message names. */
const MAX_NAMES = 5;

/**
 * Checks that the cluster still has the objects in the stack's state. Without a refresh the engine assumes that they exist, and would not
 * restore objects that were deleted by hand or by an interrupted destroy. A refresh counts an object in deletion as existing, so this waits
 * until it is gone. Called after the cluster has answered.
 *
 * @param hasWaited whether the check before had to wait until the namespace was deleted
 * @throws pulumi.RunError if objects are missing. It is a warning in a preview, and if the program does not know whether this run refreshes
 */
export async function checkMissingResources(
  stack: Stack,
  command: EngineCommand | undefined,
  hasWaited = false,
  isPreview = pulumi.runtime.isDryRun(),
): Promise<void> {
  const objects = [...stack.state.values()].flatMap((outputs) => objectIn(outputs) ?? []);
  if (objects.length === 0) return;
  const connection = connectionOf(stack);
  const server = apiServerOf(connection.kubeconfig, connection.context);
  const refreshed = command?.refresh === true;
  let missing: KubeObject[] = [];
  let late = hasWaited;
  const isStable = async (): Promise<boolean> => {
    const { present, leaving: terminating } = await findPresent(server, objects);
    missing = objects.filter((object) => present.get(collectionOf(object))?.has(object.metadata.name) === false);
    late ||= terminating > 0;
    return terminating === 0 || isPreview;
  };
  await waitFor(waitForDeletion, "Waiting until objects of the stack that are being deleted are gone.", isStable);
  if (missing.length === 0 || (refreshed && !late)) return;
  const { plan } = stack;
  const more = missing.length > MAX_NAMES ? ` and ${missing.length - MAX_NAMES} more` : "";
  const names = `${missing.slice(0, MAX_NAMES).map(idOf).join(", ")}${more}`;
  const what = refreshed
    ? `Cluster ${plan.cluster.name} was still deleting objects of this stack when this run checked: ${names}`
    : `Cluster ${plan.cluster.name} lacks objects of this stack: ${names}`;
  const separator = refreshed ? "; " : ", ";
  const fix = refreshed
    ? `they are gone now; run "pulumi up --refresh --stack ${plan.stack}" again to restore them`
    : `deleted by hand or by an interrupted run; "pulumi up --refresh --stack ${plan.stack}" restores them`;
  if (!isPreview && command !== undefined) throw userError(`${what}${separator}${fix}; nothing was changed.`);
  void pulumi.log.warn(`${what}${separator}${fix}.`);
}

/** Returns the names in each collection that the user may list, and how many of the stack's objects are in deletion. */
async function findPresent(server: ApiServer, objects: readonly KubeObject[]) {
  const paths = [...new Set(objects.map(collectionOf))];
  const wanted = new Set(objects.map((object) => `${collectionOf(object)}/${object.metadata.name}`));
  const answers = await Promise.all(paths.map(async (path) => ({ path, answer: await ask(server, path, undefined, METADATA_ONLY) })));
  const present = new Map<string, Set<string>>();
  let terminating = 0;
  for (const { path, answer } of answers) {
    if (answer.status !== 200 && answer.status !== 404) continue;
    const { items = [] } = answer.status === 404 ? {} : (JSON.parse(answer.body) as { items?: { metadata: Metadata }[] | null });
    const found = (items ?? []).map(({ metadata }) => metadata);
    terminating += found.filter(({ name, deletionTimestamp }) => deletionTimestamp !== undefined && wanted.has(`${path}/${name}`)).length;
    present.set(path, new Set(found.map(({ name }) => name)));
  }
  return { present, leaving: terminating };
}
