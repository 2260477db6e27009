/** Which routes on a router are a stack's. */
import { routesBegun } from "../../engine/state-contents";
import type { Plan } from "../../config/plan";
import { isTakenUp, type RouterDriver } from "../../router/driver";
import type { StackState } from "./cli";

/** As the program has it: what a run was bringing that was cut off is the stack's as well, whether it came or not. */
export function ownedRoutes(plan: Plan, driver: RouterDriver, made: readonly string[], begun: StackState["begun"]): string[] {
  const cutOff = begun && routesBegun(begun, (stdin) => driver.broughtBy(stdin));
  return cutOff && isTakenUp(plan, driver, cutOff) ? [...made, ...cutOff.routes, ...cutOff.routes] : [...made];
}
