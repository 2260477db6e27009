import * as pulumi from "@pulumi/pulumi";

import { findDeletedWith, findDestroyed, findHeld } from "../cluster/diagnosis/destruction";
import { formatProblem } from "../config/problem";
import { reasonFor } from "../config/user-error";
import { connectionOf } from "../cluster/api/connection";
import { surveyCluster } from "../cluster/survey/survey";
import { checkIdentity } from "./identity";
import type { Stack } from "./stack";
import { userError } from "../engine/run-error";

/** The variable by which `homelab destroy` tells the program that it has made the checks, and printed what they found. */
export const DESTROY_ALLOWED = "HOMELAB_DESTROY_ALLOWED";

/**
 * Stops a destroy that the checks refuse, also when the program does not know that it runs for one. With the hook in the state the engine deletes
 * nothing unless the program runs: plain `pulumi destroy` is refused.
 *
 * @param protect whether the checks before have found that the stack must not be destroyed
 */
export function destroyGuard(stack: Stack, destroy: boolean): pulumi.ResourceHook {
  // The hook runs for the first and the last resource that a destroy deletes.
  let checked: Promise<boolean> | undefined;
  return new pulumi.ResourceHook("destroy-guard", async () => {
    checked ??= checkLate(stack, destroy);
    await checked;
  });
}

async function checkLate(stack: Stack, destroy: boolean): Promise<boolean> {
  // The provider may reach a cluster that has come up since the comparison.
  if (stack.identity.silence !== undefined) await checkIdentity(stack);
  return destroy ? false : checkDestroy(stack);
}

/**
 * Says, before the stack is destroyed, which services lose their address and what goes besides. A cluster that does not answer is said in one line.
 *
 * @returns whether a protected pool, or what is not known of it, stands against it still
 * @throws pulumi.RunError where services have their address from a protected pool.
 */
export async function checkDestroy(stack: Stack, survey = surveyCluster): Promise<boolean> {
  const { plan, locate } = stack;
  if (process.env[DESTROY_ALLOWED] === "true") return false;
  const isProtected = plan.pools.some(({ protect }) => protect);
  try {
    const state = await survey(connectionOf(stack));
    const held = findHeld(plan, state);
    if (held.length > 0)
      throw userError(["Nothing was changed:", ...held.map((finding) => `  ${formatProblem(locate(finding))}`)].join("\n"));
    for (const finding of [findDestroyed(plan, state), findDeletedWith(plan, state)])
      if (finding !== undefined) void pulumi.log.warn(formatProblem(locate(finding)));
    return false;
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) throw error;
    void pulumi.log.info(`The services that will lose their address are unknown: ${reasonFor(error)}.`);
    return isProtected;
  }
}
