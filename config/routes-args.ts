/** The arguments of StaticRoutes, parsed with the schema and the messages of a stack file. */
import { z } from "zod";

import { contains, overlaps, parseCidr, parseHost, parseIpv4, parsePoolAddress, type Cidr, type Parsed } from "./address/address";
import { described, filled, parsedText } from "./fields";
import { missingPin } from "./host-key";
import { findingsOf } from "./issues";
import type { ParseResult } from "./network-args";
import { ROUTE_LOOP, findHopConflict } from "./gateway-rules";
import { validSections } from "./parse";
import type { Plan, RouteRecord, RouterCredentials, RouterPlan } from "./plan";
import { findOverlaps, holdsRouter, overlapsLan } from "./pool-rules";
import { quote, type Finding } from "./problem";
import { bytesOf, fits, recordOf, SHORTEN, tooLong } from "./route-list";
import { findLoginProblems } from "./rules";
import { stackSchema } from "./schema";

/** The settings of a router that applying routes needs. */
export type RouterTarget = Pick<RouterPlan, "type" | "host" | "port" | "user" | "hostKey" | "acceptAnyHostKey" | "adopt" | "enableDormant">;

/** The parsed arguments of StaticRoutes, without credentials. */
export interface RoutesPlan {
  readonly router: RouterTarget;
  /** A parser has accepted every value in them. No other value may reach the router's shell. */
  readonly routes: readonly RouteRecord[];
}

/** Parses the destination of a static route. */
function parseDestination(text: string): Parsed<Cidr> {
  const network = parseCidr(text);
  const usable = network.ok ? parsePoolAddress(text) : network;
  return usable.ok ? network : usable;
}

const { router } = stackSchema.shape;

const destination = described(parsedText(parseDestination), "a network such as 10.5.0.0/24", "10.5.0.0/24");
const gateway = described(parsedText(parseHost), "the next hop's address, such as 192.168.50.11", "192.168.50.11");
const { metric } = router.shape;

/** The router of a component's arguments. */
export const reachable = described(
  router.omit({ metric: true, observe: true, reservations: true }).extend({ lan: router.shape.lan.optional() }),
  "the router: host, and for type asus user, hostKey and a key, a password or the agent",
);
const route = described(z.strictObject({ destination, gateway, metric }), "a route: destination and gateway");
const complete = z.strictObject({
  router: reachable,
  owner: filled.optional(),
  routes: described(z.array(route).min(1), "a list of routes, each with destination and gateway"),
});
/** A schema that accepts missing values, for values that are not known yet. */
const incomplete = complete.extend({
  routes: z.array(described(route.partial(), "a route: destination and gateway")).min(1),
});

/** The valid part of the arguments. */
type Valid = Partial<z.output<typeof incomplete>>;

/** What the caller knows about the arguments of a component that changes a router. */
export interface KnownArgs {
  /**
   * Whether every value is known. @default true
   */
  readonly isComplete?: boolean;
  /** Whether the pinned host key is still to be checked. @default true */
  readonly pinOptional?: boolean;
}

/** Parses the arguments of StaticRoutes. */
export function parseRoutesArgs(
  args: Readonly<Record<string, unknown>>,
  { isComplete = true, pinOptional = true }: KnownArgs = {},
): ParseResult<RoutesPlan> {
  const schema = isComplete ? complete : incomplete;
  const result = schema.safeParse(args);
  const valid: Valid = result.success ? result.data : validSections(schema, args);
  const findings = [
    ...(result.success ? [] : findingsOf(schema, args, result.error.issues)),
    ...(valid.router === undefined ? [] : findLoginProblems(valid.router)),
    ...(pinOptional ? findPin(valid.router) : []),
    ...findRouteProblems(valid),
    ...findLongList(valid),
  ];
  if (!isComplete || !result.success || findings.length > 0) return { findings };
  return { findings, parsed: { router: targetOf(result.data.router), routes: result.data.routes as readonly RouteRecord[] } };
}

/** Returns what a component needs of a parsed router. */
export function targetOf({
  type,
  host,
  port,
  user,
  hostKey,
  acceptAnyHostKey,
  adopt,
  enableDormant,
}: RouterPlan | z.output<typeof reachable>): RouterTarget {
  const target = { type, host, port, acceptAnyHostKey, adopt, enableDormant };
  return { ...target, ...(user === undefined ? {} : { user }), ...(hostKey === undefined ? {} : { hostKey }) };
}

/** Reports a router without a pinned host key. */
export function findPin(router: Valid["router"]): Finding[] {
  const missing = router === undefined || router.type === "manual" ? undefined : missingPin(router);
  return missing === undefined || missing.accepted ? [] : [missing.finding];
}

/** Reports more routes than the firmware's list can hold. */
function findLongList({ routes = [], router }: Valid): Finding[] {
  if (router?.type !== "asus") return [];
  const records = routes.flatMap(({ destination, gateway = "", metric = 0 }) =>
    destination === undefined ? [] : [recordOf({ destination, gateway, metric })],
  );
  const bytes = bytesOf(records);
  if (fits(records.length, bytes)) return [];
  return [{ path: "router.host", value: quote(router.host), rule: tooLong(records.length, bytes), fix: SHORTEN }];
}

/** Finds conflicts between the routes, and between routes, LAN and router. */
function findRouteProblems({ routes = [], router }: Valid): Finding[] {
  const placed = routes.flatMap(({ destination: block }, index) =>
    block === undefined ? [] : [{ path: `routes[${index}].destination`, block, owner: "" }],
  );
  const host = parseIpv4(router?.host ?? "");
  const offTheLan = placed.flatMap(({ path, block }) => {
    const at = { path, value: quote(block.text) };
    if (router?.lan !== undefined && overlaps(block, router.lan))
      return [{ ...at, rule: overlapsLan(router.lan.text), fix: "use a network outside the LAN, such as 10.5.0.0/24" }];
    return host.ok && contains(block, host.value) ? [{ ...at, rule: holdsRouter(host.value), fix: "leave the router's address out" }] : [];
  });
  const gateways = routes.flatMap(({ gateway: address }, index): Finding[] => {
    if (address === undefined) return [];
    const at = { path: `routes[${index}].gateway`, value: quote(address) };
    const rule = router === undefined ? undefined : findHopConflict(address, router);
    if (rule !== undefined) return [{ ...at, rule, fix: "use an address of the LAN behind which the destination is, such as a node's" }];
    return placed
      .filter(({ block }) => contains(block, address))
      .map(({ path, block }) => ({
        ...at,
        rule: `inside ${block.text} (${path}), ${ROUTE_LOOP}`,
        fix: "use an address outside of every destination",
      }));
  });
  return [...findOverlaps(placed, "give each route a destination of its own"), ...offTheLan, ...gateways];
}

/** A login to the router, with the socket of the SSH agent. */
export interface Login extends Pick<RouterCredentials, "password" | "privateKey"> {
  readonly agent?: string;
}

/** Returns a plan and the login of its router as the arguments of StaticRoutes. */
export function routesArgsOf({ cluster, router, routes }: Plan, login: Login) {
  return {
    router: routerArgsOf(router, login),
    owner: cluster.name,
    routes: routes.map(({ destination, gateway, metric }) => ({ destination: destination.text, gateway, metric })),
  };
}

/** Returns a plan's router and its login as the argument `router` of a component. */
export function routerArgsOf(router: RouterPlan, { agent, ...login }: Login) {
  return { ...targetOf(router), lan: router.lan.text, ...login, agent: agent !== undefined };
}
