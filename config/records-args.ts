/** The arguments of LanRecords, parsed with the schema and the messages of a stack file. */
import { z } from "zod";

import type { Ipv4 } from "./address/address";
import type { Mac } from "./address/mac";
import { described, filled } from "./fields";
import { findHopConflict } from "./gateway-rules";
import { findingsOf } from "./issues";
import type { ParseResult } from "./network-args";
import { validSections } from "./parse";
import type { Plan } from "./plan";
import { quote, type Finding } from "./problem";
import { findRepeated } from "./reservation-rules";
import { findPin, reachable, routerArgsOf, targetOf, type KnownArgs, type Login, type RouterTarget } from "./routes-args";
import { findLoginProblems } from "./rules";
import { stackSchema } from "./schema";

/** The parsed arguments of LanRecords, without credentials. */
export interface RecordsPlan {
  readonly router: RouterTarget;
  /** A parser has accepted every value in them. No other value may reach the router's shell. */
  readonly reservations: readonly { readonly address: Ipv4; readonly mac: Mac }[];
}

const one = stackSchema.shape.router.shape.reservations.unwrap().element;
const mac = described(one.shape.mac.unwrap(), "the node's hardware address", "D8:3A:DD:00:00:12");
const reservation = one.extend({ mac });
const listed = described(
  z.array(described(reservation, "a reservation: address and mac")).min(1),
  "a list of reservations, each with address and mac",
);
const complete = z.strictObject({ router: reachable, owner: filled.optional(), reservations: listed });
/** A schema that accepts missing values, for values that are not known yet. */
const incomplete = complete.extend({ reservations: z.array(described(reservation.partial(), "a reservation: address and mac")).min(1) });

type Valid = Partial<z.output<typeof incomplete>>;

/** Parses the arguments of LanRecords. */
export function parseRecordsArgs(
  args: Readonly<Record<string, unknown>>,
  { isComplete = true, pinOptional = true }: KnownArgs = {},
): ParseResult<RecordsPlan> {
  const schema = isComplete ? complete : incomplete;
  const result = schema.safeParse(args);
  const valid: Valid = result.success ? result.data : validSections(schema, args);
  const findings = [
    ...(result.success ? [] : findingsOf(schema, args, result.error.issues)),
    ...(valid.router === undefined ? [] : findLoginProblems(valid.router)),
    ...(pinOptional ? findPin(valid.router) : []),
    ...findReservationProblems(valid),
  ];
  if (!isComplete || !result.success || findings.length > 0) return { findings };
  return {
    findings,
    parsed: { router: targetOf(result.data.router), reservations: result.data.reservations as RecordsPlan["reservations"] },
  };
}

function findReservationProblems({ router, reservations: list = [] }: Valid): Finding[] {
  const placed = (field: "address" | "mac") =>
    list.flatMap(({ [field]: value }, index) => (value === undefined ? [] : [{ path: `reservations[${index}].${field}`, value }]));
  const offLan = placed("address").flatMap(({ path, value }): Finding[] => {
    const rule = router === undefined ? undefined : findHopConflict(value as Ipv4, router);
    return rule === undefined ? [] : [{ path, value: quote(value), rule, fix: "use the address of a node on the LAN" }];
  });
  const isManual = router?.type === "manual";
  const manual = {
    path: "router.type",
    value: quote("manual"),
    rule: "the program changes nothing on such a router",
    fix: "set it to asus",
  };
  return [
    ...(isManual ? [manual] : []),
    ...offLan,
    ...findRepeated(placed("address"), "remove one of the two"),
    ...findRepeated(placed("mac"), "give each node one address"),
  ];
}

/** Returns a plan, the login of its router and complete reservations as the arguments of LanRecords. */
export function recordsArgsOf({ cluster, router }: Plan, login: Login, list: RecordsPlan["reservations"]) {
  return {
    router: routerArgsOf(router, login),
    owner: cluster.name,
    reservations: list.map(({ address, mac: hardware }) => ({ address, mac: hardware })),
  };
}
