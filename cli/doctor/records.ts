/** Checks the reservations of a stack before the first `up`. */
import { contains } from "../../config/address/address";
import { findOwnedRecords } from "../../preflight/owned-records";
import { unreservedGateway, type RouterDriver, type RouterReading } from "../../router/driver";
import { nameText, reservationsIn, reservationText, resolveReservations, type PlannedReservation } from "../../router/records";
import { recordsDriverOf } from "../../router/records-drivers";
import type { queryInSequence } from "../../router/ssh";
import { found, ok, unknown, type Line } from "../check/check";
import type { StateReading } from "../check/cli";
import type { PlannedStack } from "../check/stacks";

const what = "reservations";

/** Returns the command that reads the reservations; none for a plan without reservations. */
export function recordsCommands({ plan }: PlannedStack, { outputs, pending }: StateReading): string[] {
  const driver = recordsDriverOf(plan.router.type);
  const planned = reservationsIn(plan);
  if (driver === undefined || planned.length + plan.names.length === 0) return [];
  const { owned } = findOwnedRecords(plan, driver, outputs ?? new Map(), pending);
  const { known, unknown: unseen } = resolveReservations(planned, owned);
  return [driver.query([...known, ...unseen], plan.names)];
}

/** Checks what `up` would do about the reservations. @param answer the output of {@link recordsCommands} and others */
export function judgeRecords(stack: PlannedStack, answer: string, { outputs, pending }: StateReading): Line[] {
  const { plan } = stack;
  const driver = recordsDriverOf(plan.router.type);
  const planned: readonly PlannedReservation[] = reservationsIn(plan);
  if (driver === undefined || planned.length + plan.names.length === 0) return [];
  if (outputs === undefined) return [unknown(what, "skipped: the stack's state cannot be read")];
  const ownership = findOwnedRecords(plan, driver, outputs, pending);
  const { state, owned } = ownership;
  if (state !== undefined && state.host !== plan.router.host) return [ok(what, `still on ${state.host}; up removes them there`)];
  let reading;
  try {
    reading = driver.parse(answer);
  } catch {
    return [unknown(what, "skipped: this is not a router of that type")];
  }
  const { refusals, differences, warnings } = driver.judge({ ...ownership, plan, reading });
  const lines = [
    ...refusals.map((finding) => found("failed", what, stack, finding)),
    ...[...differences, ...warnings].map((finding) => found("warning", what, stack, finding)),
  ];
  if (lines.length > 0) return lines;
  const { known } = resolveReservations(planned, owned, reading.seen);
  const texts = [...known.map(reservationText), ...plan.names.map(nameText)].join(", ");
  return [ok(what, `${texts}: ${state === undefined ? "no conflict" : "managed by this stack, no conflict"}`)];
}

/**
 * Warns of a node's address that the router may give to another host. Reads the reservations only if the address is in the DHCP range.
 *
 * @param answer the output of the driver's query
 */
export async function checkGateway(
  stack: PlannedStack,
  driver: RouterDriver,
  answer: string,
  query: typeof queryInSequence,
): Promise<Line[]> {
  const { plan, login } = stack;
  const { gateway, router } = plan;
  const records = recordsDriverOf(router.type);
  if (records === undefined || gateway.mode !== "node" || gateway.reserve) return [];
  let dhcp: RouterReading["dhcp"];
  try {
    ({ dhcp } = driver.parse(answer));
  } catch {
    return [];
  }
  if (dhcp === undefined || !contains(dhcp, gateway.address)) return [];
  try {
    const { reserved } = records.parse((await query({ router, login }, [records.query([])])).text);
    return reserved.has(gateway.address) ? [] : [found("warning", what, stack, unreservedGateway(plan, dhcp))];
  } catch {
    return [unknown(what, "skipped: the router did not answer again")];
  }
}
