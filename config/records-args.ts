/** The arguments of LanRecords, parsed with the schema and the messages of a stack file. */
import { z } from "zod";

import { parseHost, type Ipv4 } from "./address/address";
import type { Mac } from "./address/mac";
import { described, filled, hostName, parsedText } from "./fields";
import { findHopConflict } from "./gateway-rules";
import { findingsOf } from "./issues";
import type { ParseResult } from "./network-args";
import { validSections } from "./parse";
import type { NamePlan, Plan } from "./plan";
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
  readonly names: readonly NamePlan[];
}

const one = stackSchema.shape.router.shape.reservations.unwrap().element;
const mac = described(one.shape.mac.unwrap(), "the node's hardware address", "D8:3A:DD:00:00:12");
const reservation = one.extend({ mac });
const name = z.strictObject({
  name: described(hostName, "a host name, such as grafana", "grafana"),
  address: described(parsedText(parseHost), "the name's address", "10.5.0.10"),
});
const domain = z.strictObject({
  domain: described(hostName, "a domain, such as k8s.example", "k8s.example"),
  server: described(parsedText(parseHost), "the address of the domain's DNS server", "10.5.0.53"),
});
const domains = described(
  z.array(described(domain, "a domain: domain and server")).default([]),
  "a list of domains, each with domain and server",
);
const names = described(z.array(described(name, "a name: name and address")).default([]), "a list of names, each with name and address");
const listed = described(
  z.array(described(reservation, "a reservation: address and mac")).default([]),
  "a list of reservations, each with address and mac",
);
const complete = z.strictObject({ router: reachable, owner: filled.optional(), reservations: listed, names, domains });
/** A schema that accepts missing values, for values that are not known yet. */
const incomplete = complete.extend({
  reservations: z.array(described(reservation.partial(), "a reservation: address and mac")).default([]),
  names: z.array(described(name.partial(), "a name: name and address")).default([]),
  domains: z.array(described(domain.partial(), "a domain: domain and server")).default([]),
});

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
    ...(isEmpty(args) ? [nothing] : []),
    ...findReservationProblems(valid),
  ];
  if (!isComplete || !result.success || findings.length > 0) return { findings };
  const { router, reservations, names: named, domains: forwarded } = result.data as z.output<typeof complete>;
  const servers = forwarded.map(({ domain: text, server }) => ({ name: text, address: server, forwarded: true as const }));
  return { findings, parsed: { router: targetOf(router), reservations, names: [...named, ...servers] } };
}

const nothing: Finding = {
  path: "reservations",
  value: "nothing",
  rule: "no reservations, names or domains",
  fix: "add one, or remove the component",
};

/** Whether the arguments have no reservation, name and domain, valid or not. */
const isEmpty = ({ reservations, names: named, domains: forwarded }: Readonly<Record<string, unknown>>): boolean =>
  [reservations, named, forwarded].every((list) => list === undefined || (Array.isArray(list) && list.length === 0));

function findReservationProblems({ router, reservations: list = [], names: named = [], domains: forwarded = [] }: Valid): Finding[] {
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
    ...findRepeated(
      named.flatMap(({ name: value }, index) => (value === undefined ? [] : [{ path: `names[${index}].name`, value }])),
      "give each service a name of its own",
    ),
    ...findRepeated(
      forwarded.flatMap(({ domain: value }, index) => (value === undefined ? [] : [{ path: `domains[${index}].domain`, value }])),
      "give each DNS server a domain of its own",
    ),
    ...findRepeated(placed("address"), "remove one of the two"),
    ...findRepeated(placed("mac"), "give each node one address"),
  ];
}

/** Returns a plan, the login of its router and complete reservations as the arguments of LanRecords. */
export function recordsArgsOf({ cluster, router, names: named }: Plan, login: Login, list: RecordsPlan["reservations"]) {
  return {
    router: routerArgsOf(router, login),
    owner: cluster.name,
    reservations: list.map(({ address, mac: hardware }) => ({ address, mac: hardware })),
    names: named.flatMap(({ forwarded, ...rest }) => (forwarded ? [] : [rest])),
    domains: named.flatMap(({ forwarded, name: text, address }) => (forwarded ? [{ domain: text, server: address }] : [])),
  };
}
