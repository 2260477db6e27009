import { idOf, type FieldOwner, type KubeObject } from "../cluster/manifests/kube-object";
import { isPulumi } from "../cluster/manifests/ownership";
import { ClusterObjects, ChangeRejected } from "../cluster/api/objects";
import { connectionOf } from "../cluster/api/connection";
import type { StateResource } from "../engine/deployment";
import { apiServerOf } from "../cluster/api/kubeconfig";
import { objectIn } from "../cluster/api/resource-path";
import type { Stack } from "./stack";
import * as log from "../engine/log";

/** The field manager of the program's own patches. */
const MANAGER = "homelab-network";

/**
 * Prepares the objects that an interrupted run was creating, so that this run can create them again. The provider uses another field
 * manager in each run, and the server would refuse changes to fields of the old one. So this removes the old manager and keeps the values.
 * Called after the cluster has answered.
 *
 * @throws NoResponse if the cluster does not answer any more
 */
export async function releasePending(stack: Stack, pending: readonly StateResource[]): Promise<void> {
  const objects = pending.flatMap(({ inputs }) => objectIn(inputs) ?? []);
  if (objects.length === 0) return;
  const connection = connectionOf(stack);
  const cluster = new ClusterObjects(apiServerOf(connection.kubeconfig, connection.context));
  for (const object of objects) {
    const subject = `${idOf(object)}, which an interrupted run was creating,`;
    try {
      const released = await cluster.change(object, MANAGER, (live) => release(live));
      if (released) log.info(`${subject} now belongs to this run.`);
    } catch (error) {
      if (!(error instanceof ChangeRejected)) throw error;
      log.warn(`${subject} cannot be taken over: ${error.message}.`);
    }
  }
}

/** Returns the patch that removes the provider's field managers from an object. */
function release({ apiVersion, metadata: { managedFields = [] } }: KubeObject) {
  const others = managedFields.filter(({ manager }) => !isPulumi(manager));
  if (others.length === managedFields.length) return [];
  // Without any manager the server would assign all fields to a manager named "before-first-apply".
  const value = others.length > 0 ? others : [placeholder(apiVersion)];
  return [{ op: "replace" as const, path: "/metadata/managedFields", value }];
}

/** Returns a field manager that owns only a field that does not exist. */
const placeholder = (apiVersion: string): FieldOwner => ({
  manager: MANAGER,
  operation: "Update",
  apiVersion,
  fieldsType: "FieldsV1",
  fieldsV1: { "f:metadata": { "f:annotations": { "f:homelab-network/released": {} } } },
});
