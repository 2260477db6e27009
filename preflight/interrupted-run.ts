import * as pulumi from "@pulumi/pulumi";

import { idOf, type FieldOwner, type KubeObject } from "../cluster/manifests/kube-object";
import { isPulumi } from "../cluster/manifests/ownership";
import { ClusterObjects, Refused } from "../cluster/api/objects";
import { connectionOf } from "../cluster/api/connection";
import type { StateResource } from "../engine/deployment";
import { apiServerOf } from "../cluster/api/kubeconfig";
import { objectIn } from "../cluster/api/resource-path";
import type { Stack } from "./stack";

/** Who changes whose fields are whose. */
const MANAGER = "homelab-network";

/**
 * Makes the objects that a run was making which was cut off ready to be made again. They may be there, each written under a name that no later run has, and
 * from another name the server refuses some of their fields at once and others when they change: so the name goes, and the values stay. Called after the
 * cluster has answered other questions.
 *
 * @throws NoAnswer where the cluster has fallen silent since.
 */
export async function releasePending(stack: Stack, pending: readonly StateResource[]): Promise<void> {
  const objects = pending.flatMap(({ inputs }) => objectIn(inputs) ?? []);
  if (objects.length === 0) return;
  const connection = connectionOf(stack);
  const cluster = new ClusterObjects(apiServerOf(connection.kubeconfig, connection.context));
  for (const object of objects) {
    const wasMaking = `${idOf(object)}, which an interrupted run was creating,`;
    try {
      const released = await cluster.change(object, MANAGER, (live) => release(live));
      if (released) void pulumi.log.info(`${wasMaking} now belongs to this run.`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      void pulumi.log.warn(`${wasMaking} cannot be taken over: ${error.message}.`);
    }
  }
}

/** Takes the provider's names off an object's fields. */
function release({ apiVersion, metadata: { managedFields = [] } }: KubeObject) {
  const others = managedFields.filter(({ manager }) => !isPulumi(manager));
  if (others.length === managedFields.length) return [];
  // Where nobody is left, the server would take all fields for those of somebody that it calls "before-first-apply".
  const value = others.length > 0 ? others : [placeholder(apiVersion)];
  return [{ op: "replace" as const, path: "/metadata/managedFields", value }];
}

/** Somebody who has a field that does not exist. */
const placeholder = (apiVersion: string): FieldOwner => ({
  manager: MANAGER,
  operation: "Update",
  apiVersion,
  fieldsType: "FieldsV1",
  fieldsV1: { "f:metadata": { "f:annotations": { "f:homelab-network/released": {} } } },
});
