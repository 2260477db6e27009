import * as pulumi from "@pulumi/pulumi";

import { isTakenUp, type RouterDriver } from "../router/driver";
import type { Stack } from "./stack";
import type { RouteState } from "../engine/state-contents";

/** What a stack has on its router. */
export interface OwnedRoutes {
  readonly owned: readonly string[];
  /** Whether the command that makes them has to take over what is there. */
  readonly adopt: boolean;
}

/**
 * What the last run made, and, where it was cut off, what it was bringing: that is the stack's as well, whether it came or not, as long as the plan
 * has it still.
 *
 * @param here what the state has on the plan's router
 * @param pending what was being brought
 */
export function ownedRoutes(
  { plan }: Pick<Stack, "plan">,
  driver: RouterDriver,
  here: RouteState | undefined,
  pending: RouteState | undefined,
): OwnedRoutes {
  const made = here?.routes ?? [];
  if (pending?.host !== plan.router.host) return { owned: made, adopt: false };
  const interrupted = `to the router ${pending.host} when it was cut off`;
  if (isTakenUp(plan, driver, pending)) {
    void pulumi.log.info(`The last run was bringing the routes ${interrupted}: what is there of them is taken up.`);
    // Twice, since they may not be there: what has exactly the plan's routes would pass for a stack whose routes are to be put right.
    return { owned: [...made, ...pending.routes, ...pending.routes], adopt: true };
  }
  const what = pending.routes.map((route) => `'${route}'`).join(", ");
  void pulumi.log.warn(`The last run was bringing ${what} ${interrupted}, and the plan has other routes: remove them there, if they came.`);
  return { owned: made, adopt: false };
}
