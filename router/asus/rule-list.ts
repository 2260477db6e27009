import { isIpv4, sharesAddress, type Ipv4 } from "../../config/address/address";
import type { Route } from "../../config/plan";

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

/** A record of five fields that leads somewhere. */
export interface RuleRecord {
  readonly destination: Ipv4;
  /** Not always one without holes. */
  readonly netmask: Ipv4;
  readonly gateway: string;
  /** As the firmware reads it: the digits that it begins with, 0 where there are none. */
  readonly metric: number;
  /** `LAN`, `MAN`, `WAN` or `VPN`; the firmware passes over anything else. */
  readonly interface: string;
}

/** The firmware copies the list into buffers of 1024 bytes without looking, at every boot; a list stays below this. */
export const MAX_BYTES = 1000;

/** Routers have been seen to hang with 24 records and more; a list stays below this. */
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

/** The form's other spelling of metric 0: nothing. */
function unfilledRecordOf({ destination, gateway }: Route): string {
  return [destination.network, destination.netmask, gateway, "", "LAN"].join(">");
}

/** Whether a record says the same as a route's, in all five fields. */
export function isRecordOf(record: string, route: Route): boolean {
  return record === recordOf(route) || (route.metric === 0 && record === unfilledRecordOf(route));
}

/** Reads a record; undefined where the firmware would make no route of it. */
export function parseRecord(record: string): RuleRecord | undefined {
  const [destination = "", netmask = "", gateway = "", metric = "", face = "", ...more] = record.split(">");
  if (record.split(">").length !== 5 || more.length > 0 || !isIpv4(destination) || !isIpv4(netmask)) return undefined;
  return { destination, netmask, gateway, metric: Number(/^\d*/.exec(metric)?.[0] ?? 0), interface: face };
}

/** Whether a record's destination and a route's have an address in common. What leads everywhere, a default route, is in nobody's way. */
export function overlapsRoute({ destination, netmask }: Pick<RuleRecord, "destination" | "netmask">, route: Route): boolean {
  return netmask !== "0.0.0.0" && sharesAddress([destination, netmask], [route.destination.network, route.destination.netmask]);
}

/**
 * Puts a route's record where it belongs: where it is already, in place of an altered one, or at the end. A second copy of it goes; all else stays.
 *
 * @param altered a record that was the route's before somebody changed it.
 */
export function placeRoute({ preamble, records }: RuleList, route: Route, altered?: string): RuleList {
  const mine = (record: string) => isRecordOf(record, route) || record === altered;
  const first = records.findIndex(mine);
  if (first < 0) return { preamble, records: [...records, recordOf(route)] };
  const kept = records.filter((record, index) => index <= first || !mine(record));
  return { preamble, records: kept.map((record) => (record === altered && !isRecordOf(record, route) ? recordOf(route) : record)) };
}

/** Removes every record that says the same as a route's, and nothing else. */
export function removeRoute({ preamble, records }: RuleList, route: Route): RuleList {
  return { preamble, records: records.filter((record) => !isRecordOf(record, route)) };
}

/** Whether the firmware can hold a list safely. */
export function withinLimits(list: RuleList): boolean {
  return Buffer.byteLength(renderList(list), "latin1") < MAX_BYTES && list.records.length < MAX_RECORDS;
}
