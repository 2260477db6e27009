import { formatProblem } from "../config/problem";
import { recordsUrn } from "../engine/stack-state";
import { appliedIn, RECORDS_COMMAND, routesIn } from "../engine/state-contents";
import { findingOf } from "../router/findings";
import { reservationsIn, resolveReservations, type Reservation, type Resolved } from "../router/records";
import { recordsDriverOf } from "../router/records-drivers";
import { RouterUnreachable } from "../router/ssh-errors";
import { findOwnedRecords } from "./owned-records";
import { noRecords, type RecordsChecked } from "./records-needed";
import { backUp, checkOldRouter, checkPin, readRouter, real, refuse, type Deps } from "./router-access";
import type { Stack } from "./stack";
import * as log from "../engine/log";

/** Returns what a destroy needs: the reservations in the state. */
export function recordsToDestroy({ plan, state }: Stack): RecordsChecked {
  const driver = recordsDriverOf(plan.router.type);
  if (driver === undefined) return noRecords;
  const { owned } = findOwnedRecords(plan, driver, state);
  return { ...noRecords, owned, reservations: resolveReservations(reservationsIn(plan), owned).known };
}

/**
 * Compares the reservations of plan and state with the router before anything changes, and decides whether `up` must repair them. Does
 * nothing for a plan without reservations. If the router does not answer, one line says so.
 *
 * @throws pulumi.RunError with every reason why the reservations cannot be applied
 */
export async function checkRecords(stack: Stack, changes: Partial<Deps> = {}): Promise<RecordsChecked> {
  const { plan } = stack;
  const deps = { ...real, ...changes };
  const planned = reservationsIn(plan);
  const driver = recordsDriverOf(plan.router.type);
  if (driver === undefined || planned.length + plan.names.length === 0) {
    const left = appliedIn(stack.state, RECORDS_COMMAND);
    if (left !== undefined) log.info(`This run removes the reservations from the router ${left.host} with the login of the last run.`);
    return noRecords;
  }
  // For a plan with routes, the check of the routes does this.
  if (plan.routes.length === 0) await checkPin(stack, deps);
  const preview = deps.isPreview();
  const ownership = findOwnedRecords(plan, driver, stack.state, await stack.pending);
  const { state, owned, mayBeMissing } = ownership;
  const here = state?.host === plan.router.host ? state : undefined;
  const checked = (resolved: Resolved, repair = false): RecordsChecked => {
    if (resolved.unknown.length > 0) reportUnknown(resolved);
    return { reservations: resolved.known, owned, repair, adopt: mayBeMissing, ...(here === undefined ? {} : { input: here.input }) };
  };
  const withoutRouter = resolveReservations(planned, owned);
  if (preview && !plan.router.observe) return checked(withoutRouter);
  const answer = await readRouter(stack, deps, driver.query(withRecordedMacs(planned, owned), plan.names), (text) => driver.parse(text));
  if (mayBeMissing)
    log.info(
      `The last run was interrupted while it applied the reservations to the router ${plan.router.host}: this run takes over what exists.`,
    );
  const routesMove = routesIn(stack.state, () => [])?.host === state?.host && plan.routes.length > 0;
  if (state !== undefined && here === undefined && !routesMove)
    await checkOldRouter(stack, { what: "reservations", host: state.host, urn: recordsUrn() }, deps);
  if (answer instanceof RouterUnreachable) {
    // The first change requires a backup, and an unknown hardware address the router.
    if (!preview && (here === undefined || withoutRouter.unknown.length > 0)) throw refuse(stack, [findingOf(plan.router, answer)]);
    log.info(`The reservations were not compared with the router: ${answer.message}.`);
    return checked(withoutRouter);
  }
  const { reading, hostKey } = answer;
  const { refusals, differences, warnings } = driver.judge({ ...ownership, plan, reading });
  const resolved = resolveReservations(planned, owned, reading.seen);
  // Without `router.observe` no preview has shown these differences, so `up` neither repairs them nor fails because of them.
  if (!plan.router.observe && differences.length > 0) return checked(resolved);
  if (refusals.length > 0) throw refuse(stack, refusals);
  for (const warning of warnings) log.warn(formatProblem(stack.locate(warning)));
  if (!preview && here === undefined) backUp({ what: "reservations", host: plan.router.host, hostKey, content: reading.backup });
  for (const difference of differences) log.warn(formatProblem(stack.locate(difference)));
  const isOutdated = here !== undefined && driver.isOutdated(here.input, resolved.known, reading);
  if (isOutdated)
    log.info(`The router ${plan.router.host} has a reservation again that this stack removed: this run leaves it to its new owner.`);
  return checked(resolved, differences.length > 0 || isOutdated);
}

/** Returns the planned reservations with the recorded hardware addresses, so that the router pings only hosts that it must find. */
const withRecordedMacs = (planned: Parameters<typeof resolveReservations>[0], owned: readonly Reservation[]) => {
  const { known, unknown } = resolveReservations(planned, owned);
  return [...known, ...unknown];
};

function reportUnknown({ unknown }: Resolved): void {
  const addresses = unknown.map(({ address }) => address).join(", ");
  log.info(`This preview does not include the reservation of ${addresses}: up reads the hardware address from the router.`);
}
