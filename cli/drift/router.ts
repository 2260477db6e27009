/** Compares the routes of plan and state with those on the router. */
import { plannedRoutes } from "../../router/driver";
import { driverOf } from "../../router/drivers";
import { differs, found, ok, unknown, type Line } from "../check/check";
import type { StateReading } from "../check/cli";
import { isLine, readRouter, type RouterDeps } from "../check/router";
import { findOwnedRoutes } from "../../preflight/owned-routes";
import type { PlannedStack } from "../check/stacks";

/** Compares plan and state with the router; changes nothing. */
export async function compareRouter(stack: PlannedStack, { outputs, pending }: StateReading, deps?: RouterDeps): Promise<Line[]> {
  const { plan } = stack;
  const driver = driverOf(plan.router.type);
  if (driver === undefined) return [ok("router", 'type manual: not checked; "make verify" shows whether its routes work')];
  if (plan.routes.length === 0) return [];
  const what = "routes";
  const reading = await readRouter(stack, driver, deps);
  if (isLine(reading)) return [reading, unknown(what, "skipped: the router cannot be read, see above")];
  const answers = ok("router", `${plan.router.host}:${plan.router.port} answers`);
  if (outputs === undefined) return [answers, unknown(what, "skipped: the stack's state cannot be read")];
  const ownership = findOwnedRoutes(plan, driver, outputs, pending);
  const { state } = ownership;
  const again = `pulumi up --stack ${plan.stack}`;
  if (state !== undefined && state.host !== plan.router.host) {
    return [answers, differs(what, `the state has them on router ${state.host}, the plan on router ${plan.router.host}`, again)];
  }
  const planned = plannedRoutes(plan, driver);
  const recorded = state?.routes ?? [];
  const isApplied = planned.length === recorded.length && planned.every((route) => recorded.includes(route));
  const { refusals, differences, warnings } = driver.judge({ ...ownership, plan, reading });
  const lines = [
    ...(isApplied ? [] : [differs(what, `the plan has ${quoted(planned)}, the state ${quoted(recorded)}`, again)]),
    ...[...differences, ...refusals].map((finding) => found("differs", what, stack, finding)),
    ...warnings.map((finding) => found("warning", what, stack, finding)),
  ];
  if (lines.length > 0) return [answers, ...lines];
  const texts = plan.routes.map(({ destination, gateway }) => `${destination.text} via ${gateway}`).join(", ");
  return [answers, ok(what, `${texts}: as planned and as in the state, in the router's settings and active`)];
}

const quoted = (routes: readonly string[]) => (routes.length === 0 ? "none" : routes.map((route) => `'<${route}'`).join(", "));
