import { nextHopPools } from "../cluster/manifests/next-hop";
import { contains } from "../config/address/address";
import type { Plan } from "../config/plan";
import { formatProblem, quote } from "../config/problem";
import { driverOf } from "../router/drivers";
import { unreservedGateway, type RouterReading } from "../router/driver";
import { findOwnedRoutes, type OwnedRoutes } from "./owned-routes";
import { findingOf } from "../router/findings";
import { RouterUnreachable } from "../router/ssh-errors";
import { backUp, checkOldRouter, checkPin, readRouter, real, refuse, type Deps } from "./router-access";
import type { Stack } from "./stack";
import { routeUrn } from "../engine/stack-state";
import { objectsIn, routesIn, type RouteState } from "../engine/state-contents";
import * as log from "../engine/log";

export type { Deps } from "./router-access";

/** What the deployment must do about the stack's routes. */
export interface RoutesChecked {
  /** Whether the routes on the router differ from those that the last run applied. */
  readonly repair: boolean;
  /** Whether an interrupted run was applying the same routes. They are then managed by the stack if they exist. */
  readonly adopt: boolean;
  /** The command's standard input, as recorded in the state; undefined if the stack has no routes on this router. */
  readonly input?: string;
}

/**
 * Compares plan and state with the router before anything changes, and decides whether `up` must repair the routes. If the router does not
 * answer, one line says so; only a first deployment needs an answer.
 *
 * @throws pulumi.RunError with every reason why the routes cannot be applied
 */
export async function checkRouter(stack: Stack, changes: Partial<Deps> = {}): Promise<RoutesChecked> {
  const { plan } = stack;
  const deps = { ...real, ...changes };
  const unchecked = { repair: false, adopt: false };
  const driver = driverOf(plan.router.type);
  if (driver === undefined || plan.routes.length === 0) {
    const left = routesIn(stack.state, () => []);
    if (left !== undefined) log.info(`This run removes the routes from the router ${left.host} with the login of the last run.`);
    if (driver === undefined) warnOfRemovedNextHop(stack);
    return unchecked;
  }
  await checkPin(stack, deps);
  const preview = deps.isPreview();
  if (preview && !plan.router.observe) return { ...unchecked, ...inputOf(onRouter(plan, findOwnedRoutes(plan, driver, stack.state))) };
  const [answer, pending] = await Promise.all([
    readRouter(stack, deps, driver.query(plan.routes), (text) => driver.parse(text)),
    stack.pending,
  ]);
  const ownership = findOwnedRoutes(plan, driver, stack.state, pending);
  reportInterrupted(plan, ownership);
  const { state, mayBeMissing } = ownership;
  const here = onRouter(plan, ownership);
  const checked = { repair: false, adopt: mayBeMissing, ...inputOf(here) };
  if (state !== undefined && here === undefined) await checkOldRouter(stack, { what: "routes", host: state.host, urn: routeUrn() }, deps);
  if (answer instanceof RouterUnreachable) {
    // The first change requires a backup of the router's routes, and needs the router anyway.
    if (!preview && here === undefined) throw refuse(stack, [findingOf(plan.router, answer)]);
    log.info(`The routes were not compared with the router: ${answer.message}.`);
    return checked;
  }
  const { reading } = answer;
  const { refusals, differences, warnings } = driver.judge({ ...ownership, plan, reading });
  const isOutdated = here?.input !== undefined && driver.isOutdated(here.input, reading);
  // Without `router.observe` no preview has shown these differences, so `up` neither repairs them nor fails because of them.
  if (!plan.router.observe && differences.length > 0) return checked;
  if (refusals.length > 0) throw refuse(stack, refusals);
  for (const warning of warnings) log.warn(formatProblem(stack.locate(warning)));
  if (!preview && here === undefined) backUp({ host: plan.router.host, hostKey: answer.hostKey, content: reading.backup });
  for (const difference of differences) log.warn(formatProblem(stack.locate(difference)));
  if (isOutdated)
    log.info(`The router ${plan.router.host} has a route again that this stack removed: this run leaves it to its new owner.`);
  await warnOfUnreservedGateway(stack, reading, deps);
  return { ...checked, repair: differences.length > 0 || isOutdated };
}

/**
 * Warns of a gateway that the router may give to another host. Reads the reservations only if the gateway is in the DHCP range, and the plan
 * does not reserve it.
 */
async function warnOfUnreservedGateway(stack: Stack, { dhcp }: RouterReading, deps: Deps): Promise<void> {
  const { gateway } = stack.plan;
  if (gateway.mode !== "node" || gateway.reserve || dhcp === undefined || !contains(dhcp, gateway.address)) return;
  const records = (await import("../router/records-drivers")).recordsDriverOf(stack.plan.router.type);
  if (records === undefined) return;
  const answer = await readRouter(stack, deps, records.query([]), (text) => records.parse(text));
  if (answer instanceof RouterUnreachable || answer.reading.reserved.has(gateway.address)) return;
  log.warn(formatProblem(stack.locate(unreservedGateway(stack.plan, dhcp))));
}

/** Warns before this run deletes a floating next hop: a route that the user entered by hand may still point at it. */
function warnOfRemovedNextHop(stack: Stack): void {
  const { plan, locate } = stack;
  const { mode, address } = plan.gateway;
  for (const hop of hopsOf(stack)) {
    if (plan.routes.length === 0 || (mode === "floating" && hop === address)) continue;
    const rule = `this run deletes the next hop ${hop}, and a route that you entered by hand may still point at it`;
    const finding = {
      path: "gateway.addresses[0]",
      value: quote(address),
      rule,
      fix: `enter ${address} on the router ${plan.router.host} first`,
    };
    log.warn(formatProblem(locate(finding)));
  }
}

/** Returns the addresses of the floating next hops that the stack has created. */
const hopsOf = ({ state }: Stack) => nextHopPools(objectsIn(state));

/** Returns the routes in the state, if they are on the plan's router. */
const onRouter = ({ router }: Plan, { state }: OwnedRoutes) => (state?.host === router.host ? state : undefined);

const inputOf = (state: RouteState | undefined) => (state?.input === undefined ? {} : { input: state.input });

/** Reports the routes that an interrupted run was applying. */
function reportInterrupted({ router }: Plan, { mayBeMissing, abandoned }: OwnedRoutes): void {
  const interrupted = `to the router ${router.host}`;
  if (mayBeMissing) log.info(`The last run was interrupted while it applied the routes ${interrupted}: this run takes over what exists.`);
  if (abandoned.length === 0) return;
  const what = abandoned.map((route) => `'${route}'`).join(", ");
  log.warn(
    `The last run was interrupted while it applied ${what} ${interrupted}, and the plan has other routes: remove them from the router if they exist.`,
  );
}
