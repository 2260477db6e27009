import * as pulumi from "@pulumi/pulumi";

import type { KubeObject } from "../cluster/manifests/kube-object";
import { findMissingObjects, nameObjects, type LiveMetadata } from "../cluster/survey/missing-objects";
import { connectionOf } from "../cluster/api/connection";
import type { EngineCommand } from "../engine/cli-invocation";
import { apiServerOf } from "../cluster/api/kubeconfig";
import { objectIn } from "../cluster/api/resource-path";
import type { Stack } from "./stack";
import { userError } from "../engine/run-error";
import { waitFor, type WaitOptions } from "../cluster/survey/waiting";
import * as log from "../engine/log";

const waitForDeletion: WaitOptions = { limit: 120_000, interval: 500, reportInterval: 10_000 };

/**
 * Checks that the cluster still has the objects in the stack's state. Without a refresh the engine assumes that they exist, and would not
 * restore objects that were deleted by hand or by an interrupted destroy. A refresh counts an object in deletion as existing, so this waits
 * until it is gone. Called after the cluster has answered.
 *
 * @param hasWaited whether the check before had to wait until the namespace was deleted
 * @returns the metadata of the objects that the user may list
 * @throws pulumi.RunError if objects are missing. It is a warning in a preview, and if the program does not know whether this run refreshes
 */
export async function checkMissingResources(
  stack: Stack,
  command: EngineCommand | undefined,
  hasWaited = false,
  isPreview = pulumi.runtime.isDryRun(),
): Promise<LiveMetadata> {
  const objects = [...stack.state.values()].flatMap((outputs) => objectIn(outputs) ?? []);
  if (objects.length === 0) return new Map();
  const connection = connectionOf(stack);
  const server = apiServerOf(connection.kubeconfig, connection.context);
  const refreshed = command?.refresh === true;
  let missing: readonly KubeObject[] = [];
  let live: LiveMetadata = new Map();
  let late = hasWaited;
  const isStable = async (): Promise<boolean> => {
    const found = await findMissingObjects(server, objects);
    const { terminating } = found;
    ({ missing, live } = found);
    late ||= terminating > 0;
    return terminating === 0 || isPreview;
  };
  await waitFor(waitForDeletion, "Waiting until objects of the stack that are being deleted are gone.", isStable);
  if (missing.length === 0 || (refreshed && !late)) return live;
  const { plan } = stack;
  const names = nameObjects(missing);
  const what = refreshed
    ? `Cluster ${plan.cluster.name} was still deleting objects of this stack when this run checked: ${names}`
    : `Cluster ${plan.cluster.name} lacks objects of this stack: ${names}`;
  const separator = refreshed ? "; " : ", ";
  const fix = refreshed
    ? `they are gone now; run "pulumi up --refresh --stack ${plan.stack}" again to restore them`
    : `deleted by hand or by an interrupted run; "pulumi up --refresh --stack ${plan.stack}" restores them`;
  if (!isPreview && command !== undefined) throw userError(`${what}${separator}${fix}; nothing was changed.`);
  log.warn(`${what}${separator}${fix}.`);
  return live;
}
