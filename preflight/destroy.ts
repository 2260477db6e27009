import * as pulumi from "@pulumi/pulumi";

import { findDeletedWith, findDestroyed, findHeld } from "../cluster/diagnosis/destruction";
import { formatProblem } from "../config/problem";
import { reasonFor } from "../config/user-error";
import { connectionOf } from "../cluster/api/connection";
import { surveyCluster } from "../cluster/survey/survey";
import type { Stack } from "./stack";
import { userError } from "../engine/run-error";

/**
 * Says, before the stack is destroyed, which services lose their address and what goes besides. A cluster that does not answer is said in one line.
 *
 * @returns whether a protected pool, or what is not known of it, stands against it still
 * @throws pulumi.RunError where services have their address from a protected pool.
 */
export async function checkDestroy(stack: Stack, survey = surveyCluster): Promise<boolean> {
  const { plan, locate } = stack;
  const isProtected = plan.pools.some(({ protect }) => protect);
  try {
    const state = await survey(connectionOf(stack));
    const held = findHeld(plan, state);
    if (held.length > 0)
      throw userError(["Nothing was touched:", ...held.map((finding) => `  ${formatProblem(locate(finding))}`)].join("\n"));
    for (const finding of [findDestroyed(plan, state), findDeletedWith(plan, state)])
      if (finding !== undefined) void pulumi.log.warn(formatProblem(locate(finding)));
    return false;
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) throw error;
    void pulumi.log.info(`Which services lose their address is not known: ${reasonFor(error)}.`);
    return isProtected;
  }
}
