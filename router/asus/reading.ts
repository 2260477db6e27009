import { parseReserved, type AddressBlock } from "../../config/address/address";
import type { Route } from "../../config/plan";
import { RouterFault, UnsupportedRouter, type RouterReading } from "../driver";
import { parsePolicy, policyQuery, type Policy } from "./policy-routing";
import { PATH } from "./script";
import { parseSections } from "./sections";
import { parseLine, type LiveRoute } from "./table";

/** The state of an ASUS router that static routes depend on. */
export interface AsusReading extends RouterReading {
  /** The value of `sw_mode`: `1` is a router; other values are access points, repeaters and bridges. */
  readonly mode: string;
  /** The interface of the LAN bridge, usually `br0`. */
  readonly lanInterface: string;
  readonly lanAddress: string;
  readonly lanNetmask: string;
  /** The value of `sr_rulelist`, with one character per byte. */
  readonly list: string;
  /** The value of `sr_enable_x`: `1` means that static routes are switched on. */
  readonly enabled: string;
  /** The routes in the kernel's main table. */
  readonly table: readonly LiveRoute[];
  /** The DHCP range; undefined if DHCP is off or the range cannot be read. */
  readonly dhcp?: AddressBlock;
  /** The rules and tables that decide about a packet before the main table does; undefined if the answer does not have them. */
  readonly policy?: Policy;
  /** The router's connection to each gateway. */
  readonly lookups: ReadonlyMap<string, RouteLookup>;
}

/** The router's connection to an address. */
export interface RouteLookup {
  /** The interface; undefined if the address is not directly connected. */
  readonly interface?: string;
  /** Whether the address did not answer ARP. */
  readonly arpFailed: boolean;
  /** Whether the address answered a ping, or its ARP entry is confirmed. An older entry proves nothing. */
  readonly answers: boolean;
}

const variables = [
  ...["sw_mode", "lan_ifname", "lan_ipaddr", "lan_netmask", "sr_enable_x", "sr_rulelist"],
  ...["dhcp_enable_x", "dhcp_start", "dhcp_end"],
];

/** More bytes than the nvram of any ASUS router has. */
const NVRAM = 256 * 1024;

const REPAIR = 'restart the router, and try "ip route" on it';

/** The line that the query prints for an address that answers a ping. */
const ANSWERED = "answers a ping";

/**
 * Returns a command that reads the state for {@link AsusReading}. The ping makes the router resolve the gateway, which shows in its
 * neighbour table. An entry may outlive its host by a minute, so the router asks again for a gateway that answers no ping.
 */
export function query(routes: readonly Route[]): string {
  const gateways = [...new Set(routes.map(({ gateway }) => gateway))];
  return [
    `${PATH}; export PATH`,
    "nvram get sw_mode >/dev/null || exit 3",
    ...variables.map((name) => `echo "@${name}"; nvram get ${name}`),
    "echo @table; ip route show",
    policyQuery(routes),
    ...gateways.map(
      (gateway) =>
        `pong=; if ping -c 1 -W 1 ${gateway} >/dev/null 2>&1; then pong='${ANSWERED}'; ` +
        `else ip neigh change ${gateway} dev "$(nvram get lan_ifname)" nud probe 2>/dev/null && sleep 4; fi; ` +
        `echo '@way ${gateway}'; ip route get ${gateway} 2>&1; ip neigh show ${gateway}; echo "$pong"`,
    ),
    "echo @end",
  ].join("; ");
}

/** Parses the output of {@link query}. @throws UnsupportedRouter if it is incomplete or not from an ASUS router */
export function parseReading(answer: string): AsusReading {
  const sections = parseSections(answer);
  if (sections.size === 0) throw new UnsupportedRouter("it has no nvram");
  if (!sections.has("end")) throw new UnsupportedRouter("its answer is incomplete");
  const value = (name: string) => sections.get(name) ?? "";
  if (value("lan_ifname") === "") throw new UnsupportedRouter("its nvram has no lan_ifname");
  // The main table has at least the LAN's own route.
  if (value("table").trim() === "") throw new RouterFault("its program ip lists no routes, so it is missing or broken", REPAIR);
  const [list, enabled] = [value("sr_rulelist"), value("sr_enable_x")];
  if (list.length > NVRAM)
    throw new RouterFault(`its list of static routes has ${list.length} bytes, more than its nvram can hold`, "check which host answers");
  const dhcp = parseReserved(`${value("dhcp_start")}-${value("dhcp_end")}`);
  return {
    mode: value("sw_mode"),
    lanInterface: value("lan_ifname"),
    lanAddress: value("lan_ipaddr"),
    lanNetmask: value("lan_netmask"),
    list,
    enabled,
    ...(value("dhcp_enable_x") === "1" && dhcp.ok ? { dhcp: dhcp.value } : {}),
    table: value("table").split("\n").flatMap(parseLine),
    ...(sections.has("rules") ? { policy: parsePolicy(sections) } : {}),
    lookups: new Map([...sections].flatMap(([name, text]) => (name.startsWith("way ") ? [[name.slice(4), parseLookup(text)]] : []))),
    backup: `sr_enable_x=${enabled}\nsr_rulelist=${list}\n`,
  };
}

export const answersAt = (address: string, { lookups }: AsusReading): boolean => lookups.get(address)?.answers === true;

function parseLookup(text: string): RouteLookup {
  const [lookup = "", ...neighbours] = text.split("\n");
  const [, device] = / dev (\S+)/.exec(lookup) ?? [];
  if (device === undefined || lookup.includes(" via ")) return { arpFailed: false, answers: false };
  // Another interface may have an old neighbour with the same address.
  const is = (states: RegExp) => neighbours.some((line) => `${line} `.includes(` dev ${device} `) && states.test(line));
  // An existing entry stays unconfirmed for some seconds although the ping was answered.
  return { interface: device, arpFailed: is(/\b(FAILED|INCOMPLETE)\b/), answers: is(/\bREACHABLE\b/) || neighbours.includes(ANSWERED) };
}
