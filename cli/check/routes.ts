/** Which routes on a router are a stack's. */
import { pendingRoutes } from "../../engine/state-contents";
import type { Plan } from "../../config/plan";
import { isTakenUp, type RouterDriver } from "../../router/driver";
import type { StackState } from "./cli";

/** As the program has it: what a run was bringing that was cut off is the stack's as well, whether it came or not. */
export function ownedRoutes(plan: Plan, driver: RouterDriver, made: readonly string[], pending: StackState["pending"]): string[] {
  const interrupted = pending && pendingRoutes(pending, (stdin) => driver.appliedBy(stdin));
  return interrupted && isTakenUp(plan, driver, interrupted) ? [...made, ...interrupted.routes, ...interrupted.routes] : [...made];
}
