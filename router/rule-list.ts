import type { Route } from "../network/plan";

/**
 * The router's list of static routes, nvram's `sr_rulelist`: records that each begin with `<`, five fields parted by `>`, no closing mark. Text that
 * is not a record of that form belongs to someone else, or is broken, and is kept as it is. The format was read in asuswrt-merlin.ng,
 * `release/src/router/rc/firewall.c` and `www/Advanced_GWStaticRoute_Content.asp`.
 */
export interface RuleList {
  /** What stands before the first record: empty in a sound list. */
  readonly preamble: string;
  /** Each without its leading `<`, whether well-formed or not. */
  readonly records: readonly string[];
}

/** The firmware copies the list into buffers of 1024 bytes without looking, at every boot; this keeps clear of them. */
export const MAX_BYTES = 1000;

/** Routers have been seen to hang with 24 records and more. */
export const MAX_RECORDS = 20;

/** Reads a list; {@link renderList} gives every list back byte for byte. */
export function parseList(list: string): RuleList {
  const [preamble = "", ...records] = list.split("<");
  return { preamble, records };
}

/** A list as nvram holds it. */
export function renderList({ preamble, records }: RuleList): string {
  return [preamble, ...records].join("<");
}

/** A route's record: destination, netmask, gateway, metric and interface. */
export function recordOf({ destination, gateway, metric }: Route): string {
  return [destination.network, destination.netmask, gateway, metric, "LAN"].join(">");
}

/** Adds a route's record at the end, unless it is there already. */
export function addRoute(list: RuleList, route: Route): RuleList {
  const record = recordOf(route);
  return list.records.includes(record) ? list : { ...list, records: [...list.records, record] };
}

/** Removes every record that equals a route's in all five fields, and nothing else. */
export function removeRoute(list: RuleList, route: Route): RuleList {
  const record = recordOf(route);
  return { ...list, records: list.records.filter((other) => other !== record) };
}

/** Whether the firmware can hold a list safely. */
export function withinLimits(list: RuleList): boolean {
  return Buffer.byteLength(renderList(list)) < MAX_BYTES && list.records.length <= MAX_RECORDS;
}
