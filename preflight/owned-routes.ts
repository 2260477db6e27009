/** Which routes on a router are managed by a stack. */
import { hopsAmong } from "../cluster/manifests/next-hop";
import type { Plan } from "../config/plan";
import type { PendingOperations } from "../engine/deployment";
import { objectsIn, pendingRoutes, routesIn, type Outputs, type RouteState } from "../engine/state-contents";
import { plannedRoutes, type Judged, type RouterDriver } from "../router/driver";

/** What a stack has on routers, by its state. */
export interface OwnedRoutes extends Required<Pick<Judged, "owned" | "mayBeMissing" | "announced">> {
  /** What the state has, on whichever router. */
  readonly state: RouteState | undefined;
  /** What an interrupted run was applying to the plan's router, where the plan has other routes: no run removes those. */
  readonly abandoned: readonly string[];
}

/**
 * Finds the routes of a stack: those of its state, and those that an interrupted run was applying, as long as the plan still has them.
 *
 * @param pending the operations that the last run did not finish
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
  const unfinished = interrupted?.host === host ? interrupted.routes : [];
  const isPlanned = unfinished.length > 0 && unfinished.join() === plannedRoutes(plan, driver).join();
  return {
    state,
    owned: isPlanned ? [...new Set([...made, ...unfinished])] : made,
    mayBeMissing: isPlanned,
    abandoned: isPlanned ? [] : unfinished,
    announced: hopsAmong(objectsIn(outputs)).includes(plan.gateway.address),
  };
}
