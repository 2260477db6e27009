/** Which routes on a router are managed by a stack. */
import { nextHopPools } from "../cluster/manifests/next-hop";
import type { Plan } from "../config/plan";
import type { PendingOperations } from "../engine/deployment";
import { objectsIn, pendingRoutes, routesIn, type Outputs, type RouteState } from "../engine/state-contents";
import { plannedRoutes, type Judged, type RouterDriver } from "../router/driver";

/** The routes of a stack, according to its state. */
export interface OwnedRoutes extends Required<Pick<Judged, "owned" | "mayBeMissing" | "announced">> {
  /** The routes in the state, on the plan's router or another one. */
  readonly state: RouteState | undefined;
  /** Routes that an interrupted run was applying and that are not in the plan any more. No run removes them. */
  readonly abandoned: readonly string[];
}

/**
 * Finds the routes of a stack: those in its state, and those that an interrupted run was applying if they are still in the plan.
 *
 * @param pending the pending operations of the last run
 */
export function findOwnedRoutes(
  plan: Plan,
  driver: RouterDriver,
  outputs: ReadonlyMap<string, Outputs>,
  pending: PendingOperations = { creating: [], updating: [] },
): OwnedRoutes {
  const { host } = plan.router;
  const appliedBy = (stdin: string) => driver.appliedBy(stdin);
  const state = routesIn(outputs, appliedBy);
  const interrupted = pendingRoutes(pending, appliedBy);
  const made = state?.host === host ? state.routes : [];
  const interruptedRoutes = interrupted?.host === host ? interrupted.routes : [];
  const isPlanned = interruptedRoutes.length > 0 && interruptedRoutes.join() === plannedRoutes(plan, driver).join();
  return {
    state,
    owned: isPlanned ? [...new Set([...made, ...interruptedRoutes])] : made,
    mayBeMissing: isPlanned,
    abandoned: isPlanned ? [] : interruptedRoutes,
    announced: nextHopPools(objectsIn(outputs)).includes(plan.gateway.address),
  };
}
