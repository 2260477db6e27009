/**
 * Policy routing: rules, other tables and marks that can send a packet elsewhere, although the main table has the stack's route. VPN clients
 * and load balancing between two WANs use them.
 */
import { cidrOf, contains, isIpv4, parseReserved, type AddressBlock, type Cidr, type Ipv4 } from "../../config/address/address";
import type { Route } from "../../config/plan";
import { linesOf, type Sections } from "./sections";
import { parseLine, wordAfter, type LiveRoute } from "./table";

/** The router's rules and tables, and what it does with some packets from its LAN. */
export interface Policy {
  readonly rules: readonly Rule[];
  /** The routes of all tables but the main one, each with the table's name. */
  readonly routes: readonly (LiveRoute & { readonly table: string })[];
  /** The router's answer for a packet from a route's gateway to the first address of its destination, by destination. */
  readonly answers: ReadonlyMap<string, string>;
}

/** A line of `ip rule show`. */
export interface Rule {
  readonly line: string;
  readonly priority: number;
  readonly words: readonly string[];
}

/** A packet that enters by the LAN's bridge. */
interface Packet {
  readonly to: Ipv4;
  readonly from: Ipv4;
  readonly mark: number;
  /** A rule with a further selector, such as a port, which the packet matches. */
  readonly chosen?: Rule;
}

/** What sends a packet elsewhere. */
export interface Override {
  /** The packet, in words. */
  readonly packet: string;
  /** The rule and the route that decide, in words. */
  readonly reason: string;
  /** Whether it concerns every ordinary packet from the LAN to that address, and not only those of some hosts or with a mark. */
  readonly total: boolean;
}

/** Returns commands that read rules and tables, and ask the router about one packet per route. */
export function policyQuery(routes: readonly Route[]): string {
  return [
    "echo @rules; ip rule show 2>&1; echo @routes; ip -4 route show table all 2>&1",
    ...routes.map(({ destination: { network }, gateway }) => {
      return `echo '@packet ${network}'; ip route get ${network} from ${gateway} iif "$(nvram get lan_ifname)" 2>&1`;
    }),
  ].join("; ");
}

/** Parses the output of {@link policyQuery}. */
export function parsePolicy(sections: Sections): Policy {
  const rules = linesOf(sections, "rules").flatMap((line): Rule[] => {
    const [, priority, text = ""] = /^(\d+):\s+(.*)$/.exec(line) ?? [];
    return priority === undefined ? [] : [{ line: line.replace(/\s+/g, " "), priority: Number(priority), words: text.split(/\s+/) }];
  });
  const routes = linesOf(sections, "routes").flatMap((line) => {
    const table = wordAfter("table", line.split(/\s+/));
    const [route] = parseLine(line.replace(/^((?:unreachable|blackhole|prohibit|throw) )?default\b/, "$10.0.0.0/0"));
    return route === undefined || table === "" ? [] : [{ ...route, line, table }];
  });
  const packets = [...sections.keys()].filter((name) => name.startsWith("packet "));
  return { rules, routes, answers: new Map(packets.map((name) => [name.slice(7), linesOf(sections, name)[0] ?? ""])) };
}

/** The state that {@link overridesOf} looks at. */
export interface Surroundings {
  readonly policy: Policy;
  readonly lan: Cidr;
  readonly lanAddress: string;
  readonly lanInterface: string;
  /** Whether the main table has the route already, so that the router's answer counts. */
  readonly isLive: boolean;
}

/**
 * Returns what would keep packets from the LAN from a route of the main table. The router's own answer decides once the route is in the
 * table; before that, its rules are followed as the kernel does.
 */
export function overridesOf(route: Route, state: Surroundings): Override[] {
  const { policy, isLive } = state;
  const { destination } = route;
  if (policy.rules.length === 0) return [];
  const first = destination.network;
  const asked: Packet = { to: first, from: route.gateway, mark: 0 };
  const answer = isLive ? wayOf(policy.answers.get(first) ?? "", route, state.lanInterface) : undefined;
  const found = destinationsOf(route, state)
    .flatMap((to) => overridesAt(to, route, state))
    .filter(({ total, to }) => !(total && to === first && answer === "as planned"));
  if (answer !== undefined && answer !== "as planned" && !found.some(({ total }) => total)) {
    const reason = reasonOf(asked, route, state);
    found.push({ to: first, packet: textOf(asked), reason: reason ?? `the answer '${answer}'`, total: reason === undefined });
  }
  // One line for each reason is enough: the one with the widest effect.
  const sorted = [...found].sort((one, other) => Number(other.total) - Number(one.total));
  return sorted.filter(({ reason }, index) => sorted.findIndex((one) => one.reason === reason) === index);
}

function overridesAt(to: Ipv4, route: Route, state: Surroundings): (Override & { readonly to: Ipv4 })[] {
  const clients = clientsOf(state);
  const overridden = (packets: readonly Packet[]) =>
    packets.flatMap((packet) => {
      const reason = reasonOf(packet, route, state);
      return reason === undefined ? [] : [{ to, packet: textOf(packet), reason }];
    });
  const plain = overridden(clients.map((from) => ({ to, from, mark: 0 })));
  if (plain.length > 0) return plain.map((one) => ({ ...one, total: plain.length === clients.length }));
  const selected = clients.slice(0, 1).flatMap((from) => selectionsOf(state.policy).map((selection) => ({ to, from, ...selection })));
  return overridden(selected).map((one) => ({ ...one, total: false }));
}

/** The kernel's errors for a packet that a rule or a route refuses. Other errors say nothing about the packet. */
const REFUSED = /^RTNETLINK answers: (Network is unreachable|No route to host|Permission denied|Invalid argument)$/;

/** Returns the router's answer if it sends the packet elsewhere; undefined if it says nothing about the packet. */
function wayOf(answer: string, route: Route, lanInterface: string): string | undefined {
  if (REFUSED.test(answer)) return answer;
  const words = answer.split(/\s+/);
  const device = wordAfter("dev", words);
  if (device === "" || !words.includes("from")) return undefined;
  return device === lanInterface && wordAfter("via", words) === route.gateway ? "as planned" : answer;
}

const textOf = ({ to, from, mark, chosen }: Packet) => {
  if (chosen !== undefined) return `packets to ${to} that its rule '${chosen.line}' selects`;
  return mark === 0 ? `packets from ${from} to ${to}` : `packets with the mark 0x${mark.toString(16)} to ${to}`;
};

/** Follows the rules for a packet. @returns the rule, and its route, that send it elsewhere; undefined if the main table decides */
function reasonOf(packet: Packet, { destination }: Route, { policy, lanInterface }: Surroundings): string | undefined {
  let from = 0;
  for (const rule of policy.rules) {
    const { words, priority, line } = rule;
    if (priority < from || !matches(rule, packet, lanInterface)) continue;
    if (words.includes("goto")) from = Number(wordAfter("goto", words));
    if (words.some((word) => ["blackhole", "unreachable", "prohibit"].includes(word))) return `its rule '${line}'`;
    const table = wordAfter("lookup", words);
    const suppressed = words.includes("suppress_prefixlength") ? Number(wordAfter("suppress_prefixlength", words)) : -1;
    if (table === "main" && destination.prefix > suppressed) return undefined;
    const [best] = policy.routes
      .filter(
        (route) => route.table === table && !/\bdead\b/.test(route.line) && contains(cidrOf(route.destination, route.prefix), packet.to),
      )
      .sort((one, other) => other.prefix - one.prefix || one.metric - other.metric);
    if (best === undefined || best.line.startsWith("throw ") || best.prefix <= suppressed) continue;
    return `its rule '${line}' with '${best.line}'`;
  }
  return "its rules, of which none leads to the table main";
}

/** Words of a rule that choose packets by more than address, interface and mark. */
const FURTHER = ["tos", "dsfield", "ipproto", "sport", "dport"];
/** Words that never choose a packet that the router forwards. */
const NEVER = ["oif", "uidrange", "l3mdev", "tun_id", "[detached]"];

function matches(rule: Rule, { to, from, mark, chosen }: Packet, lanInterface: string): boolean {
  const { words } = rule;
  if (words.some((word) => NEVER.includes(word))) return false;
  const block = (word: string) => blockOf(wordAfter(word, words));
  const [toBlock, fromBlock] = [block("to"), block("from")];
  const [value, mask] = wordAfter("fwmark", words).split("/").map(Number);
  const selected =
    (toBlock === undefined || contains(toBlock, to)) &&
    (fromBlock === undefined || contains(fromBlock, from)) &&
    (!words.includes("iif") || wordAfter("iif", words) === lanInterface) &&
    (!words.includes("fwmark") || ((mark ^ (value ?? 0)) & (mask ?? ~0)) === 0) &&
    (chosen === rule || !words.some((word) => FURTHER.includes(word)));
  return words.includes("not") ? !selected : selected;
}

/** Returns the marks and further selectors that the rules name. */
function selectionsOf({ rules }: Policy): Pick<Packet, "mark" | "chosen">[] {
  return rules.flatMap((rule) => {
    const { words } = rule;
    const mark = Number(wordAfter("fwmark", words).split("/")[0] ?? "");
    const chosen = words.some((word) => FURTHER.includes(word)) ? { chosen: rule } : {};
    return mark > 0 || "chosen" in chosen ? [{ mark: Number.isNaN(mark) ? 0 : mark, ...chosen }] : [];
  });
}

/** Returns the first address of the destination, and of each part of it that a rule or a table names. */
function destinationsOf({ destination }: Route, { policy }: Surroundings): Ipv4[] {
  const parts = [
    ...policy.routes.map((route) => cidrOf(route.destination, route.prefix)),
    ...policy.rules.flatMap(({ words }) => blockOf(wordAfter("to", words)) ?? []),
  ];
  const inside = parts.map(({ first }) => first as Ipv4).filter((address) => contains(destination, address));
  return [...new Set([destination.network, ...inside])];
}

/** Returns the first and the last host of the LAN, and one of each part of it that a rule names. Never the router itself. */
function clientsOf({ policy: { rules }, lan, lanAddress }: Surroundings): Ipv4[] {
  const parts = rules.flatMap(({ words }) => blockOf(wordAfter("from", words)) ?? []);
  const inside = parts.filter(({ first, last }) => contains(lan, first as Ipv4) && contains(lan, last as Ipv4));
  const hosts = [step(lan.network, 1), step(lan.network, 2), step(lan.last as Ipv4, -1), step(lan.last as Ipv4, -2)];
  const [first, second, last, before] = hosts.map((host) => (host === lanAddress ? undefined : host));
  const candidates = [first ?? second, last ?? before, ...inside.map((part) => hostOf(part))];
  return [...new Set(candidates)].filter((host): host is Ipv4 => host !== undefined && host !== lanAddress);
}

/** Returns a host of a block: a network's own address is no host. */
const hostOf = ({ first, last }: AddressBlock) => (first === last ? first : step(first as Ipv4, 1)) as Ipv4;

const step = (address: Ipv4, by: number): Ipv4 => address.replace(/\d+$/, (octet) => String(Number(octet) + by)) as Ipv4;

/** Parses the selector of a rule: a network, or an address. @returns undefined for `all` */
function blockOf(text: string): AddressBlock | undefined {
  const [address = "", bits] = text.split("/");
  if (!isIpv4(address)) return undefined;
  if (bits !== undefined) return /^\d+$/.test(bits) && Number(bits) <= 32 ? cidrOf(address, Number(bits)) : undefined;
  const parsed = parseReserved(address);
  return parsed.ok ? parsed.value : undefined;
}
