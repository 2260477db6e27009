/** Which routes on a router are a stack's. */
import { routesBegun } from "../../components/state-contents";
import type { Plan } from "../../network/plan";
import type { RouterDriver } from "../../router/driver";
import type { StackState } from "./cli";

/** What a plan has on its router, one text for each route. */
export const plannedRoutes = ({ routes, router, cluster }: Plan, driver: RouterDriver): readonly string[] =>
  driver.broughtBy(driver.commands(routes, { ...router, owner: cluster.name }).stdin);

/** As the program has it: what a run was bringing that was cut off is the stack's as well, whether it came or not. */
export function ownedRoutes(plan: Plan, driver: RouterDriver, made: readonly string[], begun: StackState["begun"]): string[] {
  const cutOff = begun && routesBegun(begun, (stdin) => driver.broughtBy(stdin));
  const isPlanned = cutOff?.host === plan.router.host && cutOff.routes.join() === plannedRoutes(plan, driver).join();
  return isPlanned ? [...made, ...cutOff.routes, ...cutOff.routes] : [...made];
}
