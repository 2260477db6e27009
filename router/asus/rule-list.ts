import { isIpv4, isWithin, type Ipv4 } from "../../config/address/address";
import type { Route } from "../../config/plan";
import { fits, recordOf } from "../../config/route-list";

/**
 * The router's list of static routes, nvram's `sr_rulelist`. Each record begins with `<` and has five fields separated by `>`, without an
 * end mark. Text in another form is unmanaged or broken, and is kept as it is. The format is from asuswrt-merlin.ng,
 * `release/src/router/rc/firewall.c` and `www/Advanced_GWStaticRoute_Content.asp`.
 */
export interface RuleList {
  /** The text before the first record; empty in a valid list. */
  readonly preamble: string;
  /** The records without their leading `<`, whether valid or not. */
  readonly records: readonly string[];
}

/** A record with five fields and a destination. */
export interface RuleRecord {
  readonly destination: Ipv4;
  /** The netmask; may be non-contiguous. */
  readonly netmask: Ipv4;
  readonly gateway: string;
  /** The metric as the firmware reads it: the leading digits, or 0 if there are none. */
  readonly metric: number;
  /** `LAN`, `MAN`, `WAN` or `VPN`. The firmware ignores other values. */
  readonly interface: string;
}

/** Parses a list. {@link renderList} returns every list byte for byte. */
export function parseList(list: string): RuleList {
  const [preamble = "", ...records] = list.split("<");
  return { preamble, records };
}

/** Formats a list as in nvram. */
export function renderList({ preamble, records }: RuleList): string {
  return [preamble, ...records].join("<");
}

/** Formats the record as the router's form does if the metric is left empty. */
function unfilledRecordOf({ destination, gateway }: Route): string {
  return [destination.network, destination.netmask, gateway, "", "LAN"].join(">");
}

/** Returns a record as the router's form writes it if the metric is left empty. */
export const unfilled = (record: string): string => record.replace(/>0>LAN$/, ">>LAN");

/** Whether a record equals a route's in all five fields. */
export function isRecordOf(record: string, route: Route): boolean {
  return record === recordOf(route) || (route.metric === 0 && record === unfilledRecordOf(route));
}

/** Parses a record; returns undefined if the firmware would not create a route from it. */
export function parseRecord(record: string): RuleRecord | undefined {
  const fields = record.split(">", 6);
  const [destination = "", netmask = "", gateway = "", metric = "", interfaceName = ""] = fields;
  if (fields.length !== 5 || !isIpv4(destination) || !isIpv4(netmask)) return undefined;
  return { destination, netmask, gateway, metric: Number(/^\d*/.exec(metric)?.[0] ?? 0), interface: interfaceName };
}

/**
 * Whether a record takes addresses from a route: it leads to the route's destination or to a part of it. A wider record takes none, because
 * the kernel uses the route with the longest prefix.
 */
export function takesFrom({ destination, netmask }: Pick<RuleRecord, "destination" | "netmask">, route: Route): boolean {
  return isWithin([destination, netmask], [route.destination.network, route.destination.netmask]);
}

/**
 * Puts a route's record into the list: in its old place, in place of an altered record, or at the end. Removes a second copy of it and
 * keeps all others.
 *
 * @param edited a former record of the route that was changed on the router
 */
export function placeRoute({ preamble, records }: RuleList, route: Route, edited?: string): RuleList {
  const isReplaced = (record: string) => isRecordOf(record, route) || record === edited;
  const first = records.findIndex(isReplaced);
  if (first < 0) return { preamble, records: [...records, recordOf(route)] };
  const remaining = records.filter((record, index) => index <= first || !isReplaced(record));
  return { preamble, records: remaining.map((record) => (record === edited && !isRecordOf(record, route) ? recordOf(route) : record)) };
}

/** Removes every record that equals a route's, and no other. */
export function removeRoute({ preamble, records }: RuleList, route: Route): RuleList {
  return { preamble, records: records.filter((record) => !isRecordOf(record, route)) };
}

/** Whether a list is small enough for the firmware. */
export function withinLimits(list: RuleList): boolean {
  return fits(list.records.length, Buffer.byteLength(renderList(list), "latin1"));
}
