import { isIpv4, parseReserved, type AddressBlock, type Ipv4 } from "../../config/address/address";
import type { Route } from "../../config/plan";
import { NotThisRouter, type RouterReading } from "../driver";
import { PATH } from "./script";
import { parseSections } from "./sections";

/** How an ASUS router stands, as far as static routes go. */
export interface AsusReading extends RouterReading {
  /** `sw_mode`: `1` is a router, anything else an access point, repeater or bridge. */
  readonly mode: string;
  /** The LAN bridge, `br0` nearly always. */
  readonly lanInterface: string;
  readonly lanAddress: string;
  readonly lanNetmask: string;
  /** `sr_rulelist`, one character for each byte. */
  readonly list: string;
  /** `sr_enable_x`: `1` is on. */
  readonly switch: string;
  /** The kernel's main table, without what leads nowhere in particular. */
  readonly table: readonly LiveRoute[];
  /** What the router hands out by DHCP; undefined where that is off, or not to be read. */
  readonly dhcp?: AddressBlock;
  /** How the router reaches each gateway. */
  readonly ways: ReadonlyMap<string, Way>;
}

/** A line of the kernel's table. */
export interface LiveRoute {
  readonly line: string;
  readonly destination: Ipv4;
  /** In bits. */
  readonly prefix: number;
  /** Empty where the network is on the interface itself. */
  readonly gateway: string;
  readonly interface: string;
  readonly metric: number;
}

/** How the router reaches an address of its own accord. */
export interface Way {
  /** Undefined where another router is between, or there is no way at all. */
  readonly interface?: string;
  /** Whether it was asked for and did not answer. */
  readonly silent: boolean;
  /** Whether it answered a ping, or ARP just now or a moment ago: an older entry of the table says nothing. */
  readonly answers: boolean;
}

const variables = [
  ...["sw_mode", "lan_ifname", "lan_ipaddr", "lan_netmask", "sr_enable_x", "sr_rulelist"],
  ...["dhcp_enable_x", "dhcp_start", "dhcp_end"],
];

/** What the question says of an address that answers a ping. */
const ANSWERED = "answers a ping";

/** Asks for all that {@link AsusReading} has. The ping makes the router look for the gateway, which shows in its neighbour table. */
export function query(routes: readonly Route[]): string {
  const gateways = [...new Set(routes.map(({ gateway }) => gateway))];
  return [
    `${PATH}; export PATH`,
    "nvram get sw_mode >/dev/null || exit 3",
    ...variables.map((name) => `echo "@${name}"; nvram get ${name}`),
    "echo @table; ip route show",
    ...gateways.map(
      (gateway) =>
        `pong=; ping -c 1 -W 1 ${gateway} >/dev/null 2>&1 && pong='${ANSWERED}'; ` +
        `echo '@way ${gateway}'; ip route get ${gateway} 2>&1; ip neigh show ${gateway}; echo "$pong"`,
    ),
    "echo @end",
  ].join("; ");
}

/** Reads what {@link query} brought. @throws NotThisRouter where the answer is not an ASUS router's, or not whole. */
export function parseReading(answer: string): AsusReading {
  const sections = parseSections(answer);
  if (sections.size === 0) throw new NotThisRouter("it has no nvram");
  if (!sections.has("end")) throw new NotThisRouter("its answer is incomplete");
  const value = (name: string) => sections.get(name) ?? "";
  if (value("lan_ifname") === "") throw new NotThisRouter("its nvram has no lan_ifname");
  const [list, onOff] = [value("sr_rulelist"), value("sr_enable_x")];
  const dhcp = parseReserved(`${value("dhcp_start")}-${value("dhcp_end")}`);
  return {
    mode: value("sw_mode"),
    lanInterface: value("lan_ifname"),
    lanAddress: value("lan_ipaddr"),
    lanNetmask: value("lan_netmask"),
    list,
    switch: onOff,
    ...(value("dhcp_enable_x") === "1" && dhcp.ok ? { dhcp: dhcp.value } : {}),
    table: value("table").split("\n").flatMap(parseLine),
    ways: new Map([...sections].flatMap(([name, text]) => (name.startsWith("way ") ? [[name.slice(4), parseWay(text)]] : []))),
    backup: `sr_enable_x=${onOff}\nsr_rulelist=${list}\n`,
  };
}

export const answersAt = (address: string, { ways }: AsusReading): boolean => ways.get(address)?.answers === true;

const refusing = ["unreachable", "blackhole", "prohibit", "throw"];

function parseLine(line: string): LiveRoute[] {
  const words = line.trim().split(/\s+/);
  if (refusing.includes(words[0] ?? "")) words.shift();
  const [destination = "", prefix = "32"] = (words[0] ?? "").split("/");
  if (!isIpv4(destination) || !/^\d+$/.test(prefix) || Number(prefix) > 32) return [];
  const after = (word: string) => (words.includes(word) ? (words[words.indexOf(word) + 1] ?? "") : "");
  return [
    {
      line: line.trim(),
      destination,
      prefix: Number(prefix),
      gateway: after("via"),
      interface: after("dev"),
      metric: Number(after("metric")),
    },
  ];
}

function parseWay(text: string): Way {
  const [way = "", ...neighbours] = text.split("\n");
  const [, device] = / dev (\S+)/.exec(way) ?? [];
  if (device === undefined || way.includes(" via ")) return { silent: false, answers: false };
  // Another interface may have a neighbour of that address too, from before.
  const is = (states: RegExp) => neighbours.some((line) => `${line} `.includes(` dev ${device} `) && states.test(line));
  // An entry that was in the table before stays unproven for some seconds, though the ping was answered.
  return { interface: device, silent: is(/\b(FAILED|INCOMPLETE)\b/), answers: is(/\bREACHABLE\b/) || neighbours.includes(ANSWERED) };
}
