/** Compares the reservations of plan and state with those on the router, for drift and verify. */
import { findOwnedRecords } from "../../preflight/owned-records";
import { hasSameNames, isSame, nameText, reservationsIn, reservationText, resolveReservations } from "../../router/records";
import { recordsDriverOf } from "../../router/records-drivers";
import { differs, failed, found, ok, unknown, type Line } from "./check";
import type { StateReading } from "./cli";
import { readFrom, type RouterDeps } from "./router";
import type { PlannedStack } from "./stacks";

const what = "reservations";

/**
 * Compares the reservations; changes nothing.
 *
 * @param asDrift whether a difference is drift, and not a failed check
 * @returns no lines for a plan without reservations
 */
export async function checkRecords(
  stack: PlannedStack,
  { outputs, pending }: StateReading,
  asDrift: boolean,
  deps?: RouterDeps,
): Promise<Line[]> {
  const { plan } = stack;
  const planned = reservationsIn(plan);
  const driver = recordsDriverOf(plan.router.type);
  if (driver === undefined || planned.length + plan.names.length === 0) return [];
  const ownership = findOwnedRecords(plan, driver, outputs ?? new Map(), pending);
  const { state, owned, ownedNames, formerOwner } = ownership;
  const { known, unknown: unseen } = resolveReservations(planned, owned);
  const answer = await readFrom(stack, driver.query([...known, ...unseen], plan.names), (text) => driver.parse(text), deps);
  if ("outcome" in answer) {
    const skipped = unknown(what, "skipped: the router cannot be read, see above");
    return plan.routes.length === 0 ? [answer, skipped] : [skipped];
  }
  if (outputs === undefined) return [unknown(what, "skipped: the stack's state cannot be read")];
  const again = `pulumi up --stack ${plan.stack}`;
  const other = (message: string) => (asDrift ? differs : failed)(what, message, again);
  if (state !== undefined && state.host !== plan.router.host)
    return [other(`the state has them on router ${state.host}, the plan on router ${plan.router.host}`)];
  const isApplied =
    formerOwner === undefined &&
    hasSameNames(plan.names, ownedNames) &&
    known.length === planned.length &&
    owned.length === known.length &&
    known.every((one) => owned.some((each) => isSame(one, each)));
  const { refusals, differences, warnings } = driver.judge({ ...ownership, plan, reading: answer });
  const lines = [
    ...(isApplied
      ? []
      : [
          other(
            `planned for ${[...planned.map(({ address }) => address), ...plan.names.map(({ name }) => name)].join(", ")}, and not deployed yet`,
          ),
        ]),
    ...[...differences, ...refusals].map((finding) => found(asDrift ? "differs" : "failed", what, stack, finding)),
    ...warnings.map((finding) => found("warning", what, stack, finding)),
  ];
  if (lines.length > 0) return lines;
  return [ok(what, `${[...known.map(reservationText), ...plan.names.map(nameText)].join(", ")}: in the router's settings and in use`)];
}
