import * as pulumi from "@pulumi/pulumi";

import { definitionsIn, findDeletedWith, findDestroyed, findProtectedInUse, findOthersDeleted } from "../cluster/diagnosis/destruction";
import { formatProblem } from "../config/problem";
import { reasonAndFix } from "../cluster/api/no-response";
import { connectionOf } from "../cluster/api/connection";
import { surveyCluster } from "../cluster/survey/survey";
import { apiServerOf } from "../cluster/api/kubeconfig";
import { readCustomObjects } from "../cluster/survey/custom-objects";
import { objectsIn } from "../engine/state-contents";
import { checkIdentity } from "./identity";
import type { Stack } from "./stack";
import { userError } from "../engine/run-error";
import * as log from "../engine/log";

/** The environment variable with which `homelab destroy` tells the program that the checks are done and their findings printed. */
export const DESTROY_ALLOWED = "HOMELAB_DESTROY_ALLOWED";

/**
 * Returns a hook that stops a destroy if the checks refuse it. With the hook in the state, the engine refuses a plain `pulumi destroy`,
 * which does not run the program.
 *
 * @param destroy whether the program runs for a destroy, so that its checks are done
 */
export function destroyGuard(stack: Stack, destroy: boolean): pulumi.ResourceHook {
  // A destroy runs the hook for its first and its last resource; the check is needed once.
  let checked: Promise<boolean> | undefined;
  return new pulumi.ResourceHook("destroy-guard", async () => {
    checked ??= checkAtDelete(stack, destroy);
    await checked;
  });
}

async function checkAtDelete(stack: Stack, destroy: boolean): Promise<boolean> {
  // The provider could reach a cluster that did not answer when the program compared it.
  if (stack.identity.noResponse !== undefined) await checkIdentity(stack);
  return destroy ? false : checkDestroy(stack);
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
