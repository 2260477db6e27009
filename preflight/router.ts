import * as pulumi from "@pulumi/pulumi";

import { nextHopPools } from "../cluster/manifests/next-hop";
import type { Plan } from "../config/plan";
import { formatProblem, cannotBeDeployed, PlanError, quote, type Finding } from "../config/problem";
import { driverOf } from "../router/drivers";
import type { RouterDriver, RouterReading } from "../router/driver";
import { findOwnedRoutes, type OwnedRoutes } from "./owned-routes";
import { BackupFailed, saveBackup } from "../router/backup";
import { routerFinding, findingOf, findMissingPin } from "../router/findings";
import { queryRouter, readHostKey, type RouterAnswer } from "../router/ssh";
import { RouterUnreachable, RouterRejects } from "../router/ssh-errors";
import type { Stack } from "./stack";
import { routeUrn } from "../engine/stack-state";
import { objectsIn, routesIn, type RouteState } from "../engine/state-contents";
import { userError } from "../engine/run-error";
import * as log from "../engine/log";

/** The dependencies of the checks: the real functions, except in tests. */
export interface Deps {
  readonly query: typeof queryRouter;
  readonly readKey: typeof readHostKey;
  readonly isPreview: () => boolean;
}

const real: Deps = {
  query: queryRouter,
  readKey: readHostKey,
  isPreview: () => pulumi.runtime.isDryRun(),
};

/** What the deployment must do about the stack's routes. */
export interface RoutesChecked {
  /** Whether the routes on the router differ from those that the last run applied. */
  readonly repair: boolean;
  /** Whether an interrupted run was applying the same routes. They are then managed by the stack if they exist. */
  readonly adopt: boolean;
  /** The command's standard input, as recorded in the state. */
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
  if (preview && !plan.router.observe) return { ...unchecked, ...inputOf(findOwnedRoutes(plan, driver, stack.state).state) };
  const [answer, pending] = await Promise.all([read(stack, driver, deps), stack.pending]);
  const ownership = findOwnedRoutes(plan, driver, stack.state, pending);
  reportInterrupted(plan, ownership);
  const { state, mayBeMissing } = ownership;
  const here = state?.host === plan.router.host ? state : undefined;
  const checked = { repair: false, adopt: mayBeMissing, ...inputOf(here) };
  if (state !== undefined && here === undefined) await checkOldRouter(stack, state, deps);
  if (answer instanceof RouterUnreachable) {
    // The first change requires a backup of the router's routes, and needs the router anyway.
    if (!preview && here === undefined) throw refuse(stack, [findingOf(plan.router, answer)]);
    log.info(`The routes were not compared with the router: ${answer.message}.`);
    return checked;
  }
  const { reading } = answer;
  const { refusals, differences, warnings } = driver.judge({ ...ownership, plan, reading });
  // Without `router.observe` no preview has shown these differences, so `up` neither repairs them nor fails because of them.
  if (!plan.router.observe && differences.length > 0) return checked;
  if (refusals.length > 0) throw refuse(stack, refusals);
  for (const warning of warnings) log.warn(formatProblem(stack.locate(warning)));
  if (!preview && here === undefined) backUp(plan, answer, reading.backup);
  for (const difference of differences) log.warn(formatProblem(stack.locate(difference)));
  return { ...checked, repair: differences.length > 0 };
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

const inputOf = (state: RouteState | undefined) => (state?.input === undefined ? {} : { input: state.input });

/** @throws pulumi.RunError if no host key is pinned and the stack file does not accept any key */
async function checkPin({ plan, locate }: Stack, { readKey, isPreview }: Deps): Promise<void> {
  const { router } = plan;
  const missing = await findMissingPin(router, isPreview() && !router.observe ? undefined : readKey);
  if (missing === undefined) return;
  if (!missing.accepted) throw refuse({ plan, locate }, [missing.finding]);
  log.warn(formatProblem(locate(missing.finding)));
}

/**
 * Reads the router.
 *
 * @returns the reading, or the error if the router does not answer
 * @throws pulumi.RunError if it refuses the connection or has other firmware; this run then opens no further connection
 */
async function read(stack: Stack, driver: RouterDriver, { query }: Deps): Promise<Read | RouterUnreachable> {
  const { plan, login } = stack;
  try {
    const { text, hostKey } = await query({ router: plan.router, login }, driver.query(plan.routes));
    return { reading: driver.parse(text), hostKey };
  } catch (error) {
    if (error instanceof RouterUnreachable) return error;
    throw refuse(stack, [findingOf(plan.router, error)]);
  }
}

/** A router's reading and its host key. */
type Read = Pick<RouterAnswer, "hostKey"> & { readonly reading: RouterReading };

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

/**
 * Checks that the old router answers. The engine removes the old routes with the login in the state, and would wait and fail if the router
 * were gone.
 */
async function checkOldRouter(stack: Stack, { host }: RouteState, { readKey }: Deps): Promise<void> {
  const { router } = stack.plan;
  const connectionError = await readKey({ router: { ...router, host } }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof RouterUnreachable) return error;
      if (error instanceof RouterRejects) return undefined;
      throw error;
    },
  );
  if (connectionError === undefined) {
    log.info(`The routes move from the router ${host} to ${router.host}: this run removes them with the last login.`);
    return;
  }
  const rule = `the routes must first be removed from ${host}, but ${connectionError.message}`;
  const fix =
    `start ${host} for one run; or, if it is gone for good or has become ${router.host}, ` +
    `remove it from the state with "pulumi state delete '${routeUrn()}'", and set router.adopt: true if the routes exist already`;
  throw refuse(stack, [routerFinding(stack.plan.router, "host", rule, fix)]);
}

function backUp({ router }: Plan, { hostKey }: Read, content: string): void {
  try {
    const file = saveBackup(process.cwd(), { host: router.host, hostKey, content });
    if (file !== undefined) log.info(`The static routes that the router ${router.host} had before the first change are saved in ${file}.`);
  } catch (error) {
    throw error instanceof BackupFailed ? userError(error.message) : error;
  }
}

const refuse = ({ plan, locate }: Pick<Stack, "plan" | "locate">, findings: readonly Finding[]) =>
  userError(new PlanError(findings.map(locate), cannotBeDeployed(plan.stack)).message);
