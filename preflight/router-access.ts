/** What the checks of routes and of reservations have in common: how they reach the router. */
import * as pulumi from "@pulumi/pulumi";

import { hasNextHop } from "../config/plan";
import { cannotBeDeployed, formatProblem, PlanError, type Finding } from "../config/problem";
import { BackupFailed, saveBackup, type Backup } from "../router/backup";
import { findingOf, findMissingPin, routerFinding } from "../router/findings";
import { queryRouter, readHostKey, type RouterAnswer } from "../router/ssh";
import { RouterRejects, RouterUnreachable } from "../router/ssh-errors";
import { driverOf } from "../router/drivers";
import type { Stack, UnresolvedStack } from "./stack";
import { isDestroy, type EngineCommand } from "../engine/cli-invocation";
import { userError } from "../engine/run-error";
import * as log from "../engine/log";

/** The dependencies of the checks: the real functions, except in tests. */
export interface Deps {
  readonly query: typeof queryRouter;
  readonly readKey: typeof readHostKey;
  readonly isPreview: () => boolean;
}

export const real: Deps = {
  query: queryRouter,
  readKey: readHostKey,
  isPreview: () => pulumi.runtime.isDryRun(),
};

/** @throws pulumi.RunError if no host key is pinned and the stack file does not accept any key */
export async function checkPin({ plan, locate }: Stack, { readKey, isPreview }: Deps): Promise<void> {
  const { router } = plan;
  const missing = await findMissingPin(router, isPreview() && !router.observe ? undefined : readKey);
  if (missing === undefined) return;
  if (!missing.accepted) throw refuse({ plan, locate }, [missing.finding]);
  log.warn(formatProblem(locate(missing.finding)));
}

/**
 * Reads the router.
 *
 * @param parse turns the output of the command into a reading
 * @returns the reading, or the error if the router does not answer
 * @throws pulumi.RunError if it refuses the connection or has other firmware; this run then opens no further connection
 */
export async function readRouter<Reading>(
  stack: Stack,
  { query }: Deps,
  command: string,
  parse: (answer: string) => Reading,
): Promise<Read<Reading> | RouterUnreachable> {
  const { plan, login } = stack;
  try {
    const { text, hostKey } = await query({ router: plan.router, login }, command);
    return { reading: parse(text), hostKey };
  } catch (error) {
    if (error instanceof RouterUnreachable) return error;
    throw refuse(stack, [findingOf(plan.router, error)]);
  }
}

/**
 * Begins the query of the routes' check before state and cluster are read, because a login takes several round trips, and returns a query
 * that has its answer. Begins nothing where the check asks nothing, refuses before it asks, or asks for a next hop that is not known yet.
 */
export function beginQuery(
  { plan, login }: UnresolvedStack,
  command: EngineCommand | undefined,
  query = queryRouter,
  isPreview = pulumi.runtime.isDryRun(),
): typeof queryRouter {
  const { router, routes } = plan;
  const driver = driverOf(router.type);
  const isAsked = !isDestroy(command) && (router.observe || !isPreview) && router.hostKey !== undefined;
  if (driver === undefined || routes.length === 0 || !isAsked || !hasNextHop(plan)) return query;
  const question = driver.query(plan.routes);
  const answer = query({ router, login }, question);
  // The check reports the error, unless the run ends before it.
  answer.catch(() => undefined);
  return (asked, text, ...rest) => (text === question ? answer : query(asked, text, ...rest));
}

/** A router's reading and its host key. */
export type Read<Reading> = Pick<RouterAnswer, "hostKey"> & { readonly reading: Reading };

/** What moves from an old router to the one in the plan. */
export interface Moved {
  readonly what: "routes" | "reservations";
  /** The old router's host. */
  readonly host: string;
  /** The URN of the command that has them. */
  readonly urn: string;
}

/**
 * Checks that the old router answers. The engine removes what is there with the login in the state, and would wait and fail if the router
 * were gone.
 */
export async function checkOldRouter(stack: Stack, { what, host, urn }: Moved, { readKey }: Deps): Promise<void> {
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
    log.info(`The ${what} move from the router ${host} to ${router.host}: this run removes them with the last login.`);
    return;
  }
  const rule = `the ${what} must first be removed from ${host}, but ${connectionError.message}`;
  const fix =
    `start ${host} for one run; or, if it is gone for good or has become ${router.host}, ` +
    `remove it from the state with "pulumi state delete '${urn}'", and set router.adopt: true if the ${what} exist already`;
  throw refuse(stack, [routerFinding(stack.plan.router, "host", rule, fix)]);
}

/** Saves what a router has before the first change, and says where. @throws pulumi.RunError if it cannot be saved */
export function backUp(backup: Backup): void {
  try {
    const file = saveBackup(process.cwd(), backup);
    if (file !== undefined)
      log.info(`The ${backup.what ?? "static routes"} that the router ${backup.host} had before the first change are saved in ${file}.`);
  } catch (error) {
    throw error instanceof BackupFailed ? userError(error.message) : error;
  }
}

/** Returns the error that names every reason why a stack cannot be deployed. */
export const refuse = ({ plan, locate }: Pick<Stack, "plan" | "locate">, findings: readonly Finding[]) =>
  userError(new PlanError(findings.map(locate), cannotBeDeployed(plan.stack)).message);
