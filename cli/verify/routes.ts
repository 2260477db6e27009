/** Checks the routes of one stack on its router. */
import type { Finding } from "../../config/problem";
import { findOwnedRoutes } from "../../preflight/owned-routes";
import { plannedRoutes, type Judgement, type RouterDriver, type RouterReading } from "../../router/driver";
import { driverOf } from "../../router/drivers";
import { failed, found, ok, unknown, type Line } from "../check/check";
import { isLine, readRouter, type RouterDeps } from "../check/router";
import type { PlannedStack } from "../check/stacks";

/** Checks whether each route is in the router's settings, and whether the router uses it for packets from its LAN. */
export async function checkRoutes(stack: PlannedStack, deps?: RouterDeps): Promise<Line[]> {
  const { plan } = stack;
  const { routes, router } = plan;
  if (routes.length === 0) return [];
  const driver = driverOf(router.type);
  const names = routes.map(({ destination }) => `route ${destination.text}`);
  if (driver === undefined) return [ok("router", "type manual: not checked; the probes of the services show whether its routes work")];
  const reading = await readRouter(stack, driver, deps);
  if (isLine(reading)) return [reading, ...names.map((name) => unknown(name, "skipped: the router cannot be read, see above"))];
  const { pending, judgement } = await judgeRoutes(stack, driver, reading);
  const { refusals, differences, warnings, overrides } = judgement;
  const lines = routes.flatMap(({ destination, gateway }, index) => {
    const name = names[index] ?? "";
    const isAbout = ({ path, value }: Finding) => path.startsWith("pools[") && value === JSON.stringify(destination.text);
    if (pending.has(index)) return [failed(name, "planned, and not deployed yet", `pulumi up --stack ${plan.stack}`)];
    const own = [...differences, ...overrides].filter(isAbout);
    if (own.length > 0) return own.map((finding) => found("failed", name, stack, finding));
    return [ok(name, `via ${gateway}, in the router's settings and active`)];
  });
  // A refusal matters now only if a change is needed.
  const others = [...(differences.length > 0 || pending.size > 0 ? refusals : []), ...warnings].filter(
    (finding) => !overrides.includes(finding),
  );
  return [
    ok("router", `${router.host}:${router.port} answers`),
    ...others.map((finding) => found("warning", "router", stack, finding)),
    ...lines,
  ];
}

/** Compares the routes that are deployed with the router. The stack's other routes there are its own, and no foreign ones. */
async function judgeRoutes(
  stack: PlannedStack,
  driver: RouterDriver,
  reading: RouterReading,
): Promise<{ readonly pending: ReadonlySet<number>; readonly judgement: Judgement }> {
  const { plan } = stack;
  const planned = plannedRoutes(plan, driver);
  const known = await stack.state();
  const { state, owned } = findOwnedRoutes(plan, driver, known.outputs ?? new Map(), known.pending);
  const isHere = state?.host === plan.router.host;
  const pending = new Set(planned.flatMap((route, index) => (isHere && !owned.includes(route) ? [index] : [])));
  if (pending.size === 0 && (!isHere || owned.length === planned.length)) {
    return { pending, judgement: driver.judge({ plan, owned: planned, announced: true, reading }) };
  }
  const edit = driver.judge({ plan, owned, announced: true, reading });
  const deployed = { ...plan, routes: plan.routes.filter((_route, index) => !pending.has(index)) };
  const rest = driver.judge({ plan: deployed, owned: plannedRoutes(deployed, driver), announced: true, reading });
  return { pending, judgement: { ...edit, differences: rest.differences, overrides: [...rest.overrides, ...edit.overrides] } };
}
