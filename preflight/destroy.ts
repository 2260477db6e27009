import { getVersion } from "@pulumi/kubernetes/utilities";
import * as pulumi from "@pulumi/pulumi";

import { definitionsIn, findDeletedWith, findDestroyed, findProtectedInUse, findOthersDeleted } from "../cluster/diagnosis/destruction";
import { formatProblem } from "../config/problem";
import { reasonAndFix } from "../cluster/api/no-response";
import { connectionOf } from "../cluster/api/connection";
import { surveyCluster } from "../cluster/survey/survey";
import { ask } from "../cluster/api/api-client";
import { apiServerOf } from "../cluster/api/kubeconfig";
import { readCustomObjects } from "../cluster/survey/custom-objects";
import { objectsIn } from "../engine/state-contents";
import { isDestroy, type EngineCommand } from "../engine/cli-invocation";
import { checkIdentity } from "./identity";
import type { Stack } from "./stack";
import { userError } from "../engine/run-error";
import * as log from "../engine/log";

/** The environment variable with which `homelab destroy` tells the program that the checks are done and their findings printed. */
export const DESTROY_ALLOWED = "HOMELAB_DESTROY_ALLOWED";

/**
 * Returns a hook that stops a destroy if the checks refuse it, and otherwise begins the deletion of MetalLB's namespace: Kubernetes waits
 * 5 s before it deletes what is in a namespace, and meanwhile the engine deletes routes, pools and the other objects. With the hook in the
 * state, the engine refuses a plain `pulumi destroy`, which does not run the program.
 *
 * @param command the CLI's command; in a destroy, the checks are done
 */
export function destroyGuard(stack: Stack, command: EngineCommand | undefined): pulumi.ResourceHook {
  // A destroy runs the hook for its first and its last resource; the check is needed once.
  let checked: Promise<void> | undefined;
  return new pulumi.ResourceHook("destroy-guard", () => (checked ??= beforeDelete(stack, command)));
}

/** @throws pulumi.RunError if the checks refuse the destroy */
export async function beforeDelete(stack: Stack, command: EngineCommand | undefined): Promise<void> {
  // The provider could reach a cluster that did not answer when the program compared it.
  if (stack.identity.noResponse !== undefined) await checkIdentity(stack);
  if (!isDestroy(command)) await checkDestroy(stack);
  // The engine deletes the namespace too, and reports why it cannot be deleted.
  else if (command?.isPartial !== true) await beginNamespaceDeletion(stack).catch(() => undefined);
}

/** Makes the cluster delete MetalLB's namespace, if the stack created it, and does not wait for it. @throws NoResponse */
async function beginNamespaceDeletion(stack: Stack): Promise<void> {
  const [, outputs] = [...stack.state].find(([urn]) => urn.includes(NAMESPACE)) ?? [];
  const { name, uid } = (outputs?.["metadata"] ?? {}) as { readonly name?: string; readonly uid?: string };
  // Only in the cluster whose identity was compared, and only the namespace that the stack created.
  if (stack.identity.noResponse !== undefined || name === undefined || uid === undefined) return;
  const { kubeconfig, context } = connectionOf(stack);
  const content = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } };
  await ask(apiServerOf(kubeconfig, context), `/api/v1/namespaces/${name}`, { method: "DELETE", content });
}

/** The part of the URN of MetalLB's namespace that is the same for every stack. */
const NAMESPACE = "::homelab:network:ClusterNetwork$homelab:network:MetalLb$kubernetes:core/v1:Namespace::";

/** The end of the URN of the cluster's provider, which is the same for every stack. */
const PROVIDER = "::homelab:network:ClusterNetwork$pulumi:providers:kubernetes::kubernetes";

/**
 * Whether a destroy needs no resource of the program: the engine deletes what is in its state, with the inputs in the state. Then the
 * chart is not rendered. The program must register its resources to give the provider another kubeconfig or version, or to lift the
 * protection, and the engine needs all of them to leave out resources in the right order.
 */
export function isStateEnough({ plan, kubeconfig, state, isProtected = true }: Stack, command: EngineCommand | undefined): boolean {
  const [, provider = {}] = [...state].find(([urn]) => urn.endsWith(PROVIDER)) ?? [];
  const { context, name } = plan.cluster;
  const wanted = { kubeconfig, context, clusterIdentifier: name, version: getVersion() };
  const isSame = Object.entries(wanted).every(([key, value]) => provider[key] === value);
  return isSame && !isProtected && command?.refresh === false && command.isPartial !== true;
}

/**
 * Reports which services lose their address, and which other objects a destroy deletes. If the cluster does not answer, one line says so.
 *
 * @returns whether a destroy must still be refused, because a pool is protected and its services are unknown
 * @throws pulumi.RunError if services have an address from a protected pool
 */
export async function checkDestroy(stack: Stack, survey = surveyCluster, custom = readCustomObjects): Promise<boolean> {
  const { plan, locate } = stack;
  if (process.env[DESTROY_ALLOWED] === "true") return false;
  const isProtected = plan.pools.some(({ protect }) => protect);
  try {
    const state = await survey(connectionOf(stack));
    const protectedInUse = findProtectedInUse(plan, state);
    if (protectedInUse.length > 0)
      throw userError(["Nothing was changed:", ...protectedInUse.map((finding) => `  ${formatProblem(locate(finding))}`)].join("\n"));
    const managed = objectsIn(stack.state);
    const { kubeconfig, context } = connectionOf(stack);
    const definitions = definitionsIn(managed);
    const objects = definitions.length === 0 ? [] : await custom(apiServerOf(kubeconfig, context), definitions);
    for (const finding of [findDestroyed(plan, state), findDeletedWith(plan, state), findOthersDeleted(plan, objects, managed)])
      if (finding !== undefined) log.warn(formatProblem(locate(finding)));
    return false;
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) throw error;
    log.info(`The services that will lose their address are unknown: ${reasonAndFix(error)}.`);
    return isProtected;
  }
}
