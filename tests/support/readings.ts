import { parseStackConfig } from "../../config/parse";
import { hasNextHop, type Plan } from "../../config/plan";
import type { Finding } from "../../config/problem";
import { parseReading, type AsusReading } from "../../router/asus/reading";
import { devConfig } from "./stack-files";

/** A router's situation, in its own notation. */
export interface Situation {
  readonly variables?: Readonly<Record<string, string>>;
  /** Lines of the routing table, besides the LAN's own. */
  readonly table?: readonly string[];
  /** Lines of `ip rule show`. @default none, as from a router that does not list them */
  readonly rules?: readonly string[];
  /** Lines of the other tables. */
  readonly otherTables?: readonly string[];
  /** The router's answers for packets from its LAN, by destination. */
  readonly packets?: Readonly<Record<string, string>>;
  /** The router's path to each gateway. @default a neighbour that answers */
  readonly ways?: Readonly<Record<string, readonly string[]>>;
}

const sound: Readonly<Record<string, string>> = {
  sw_mode: "1",
  lan_ifname: "br0",
  lan_ipaddr: "192.168.50.1",
  lan_netmask: "255.255.255.0",
  sr_enable_x: "1",
  sr_rulelist: "",
};
const lan = "192.168.50.0/24 dev br0 proto kernel scope link src 192.168.50.1 ";

/** Returns a router's answer in a situation. */
export function answerOf({ variables = {}, table = [], rules, otherTables = [], packets = {}, ways = {} }: Situation = {}): string {
  const values = Object.entries({ ...sound, ...variables }).map(([name, value]) => `@${name}\n${value}\n`);
  const answers = Object.entries({ "192.168.50.11": neighbour(), ...ways }).map(([gateway, lines]) => [`@way ${gateway}`, ...lines]);
  const asked = Object.entries(packets).flatMap(([network, line]) => [`@packet ${network}`, line, "    cache iif br0 "]);
  const policy = rules === undefined ? [] : ["@rules", ...rules, "@routes", lan, ...table, ...otherTables, ...asked];
  const lines = ["@table", lan, ...table, ...policy, ...answers.flat(), "@end"].map((line) => `${line}\n`);
  return [...values, ...lines].join("");
}

/** Returns the router's lines about a gateway on one of its interfaces. */
export function neighbour(state = "REACHABLE", device = "br0", gateway = "192.168.50.11"): string[] {
  return [`${gateway} dev ${device} src 192.168.50.1 uid 0 `, "    cache ", `${gateway} dev ${device} ${state} `];
}

/** Returns a router's reading in a situation. */
export function readingOf(situation: Situation = {}): AsusReading {
  return parseReading(answerOf(situation));
}

/** Returns the plan of lab-dev with some values set. */
export function devPlan(changes: Readonly<Record<string, unknown>> = {}): Plan {
  const { plan } = parseStackConfig("lab-dev", devConfig(changes));
  if (!hasNextHop(plan)) throw new Error("the next hop is open");
  return plan;
}

/** Returns a finding in one line, as the user sees it without the file. */
export function lineOf({ path, value, rule, fix }: Finding): string {
  return `${path} = ${value}: ${rule}; ${fix}`;
}
