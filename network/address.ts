import { IPv4 } from "ipaddr.js";

declare const ipv4Brand: unique symbol;

/** An IPv4 address in dotted form that a parser of this file has accepted, such as `192.168.50.11`. */
export type Ipv4 = string & { readonly [ipv4Brand]: true };

/** An IPv4 network in canonical form: its address has no bit set beyond its prefix. */
export interface Cidr {
  /** As in a stack file, such as `10.5.0.0/24`. */
  readonly text: string;
  readonly network: Ipv4;
  /** In bits, 0 to 32. */
  readonly prefix: number;
  /** Dotted, as the router wants it. */
  readonly netmask: Ipv4;
}

/** What is wrong with a text, and what to write instead. */
export interface Refusal {
  readonly rule: string;
  readonly fix: string;
}

/** A value, or why there is none. Parsers refuse instead of throwing, so that a caller can collect all problems. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Refusal);

const refuse = (rule: string, fix: string) => ({ ok: false, rule, fix }) as const;
const accept = <T>(value: T) => ({ ok: true, value }) as const;

function toNumber(address: string): number {
  return IPv4.parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

function cidrOf(address: string, prefix: number): Cidr {
  const network = IPv4.networkAddressFromCIDR(`${address}/${prefix}`).toString() as Ipv4;
  return { text: `${network}/${prefix}`, network, prefix, netmask: IPv4.subnetMaskFromPrefixLength(prefix).toString() as Ipv4 };
}

/** Reads a dotted IPv4 address. Short, octal and hexadecimal forms, which some tools accept, are refused. */
export function parseIpv4(text: string): Parsed<Ipv4> {
  if (text.includes(":")) return refuse("IPv6 has no place in the router's rule list", "write an IPv4 address such as 192.168.50.11");
  if (!IPv4.isValidFourPartDecimal(text)) return refuse("not an IPv4 address", "write four numbers from 0 to 255, such as 192.168.50.11");
  return accept(text as Ipv4);
}

/** Reads a network such as `10.5.0.0/24`; host bits are refused with the network that was probably meant. */
export function parseCidr(text: string): Parsed<Cidr> {
  const [address = "", bits, ...rest] = text.split("/");
  const parsed = parseIpv4(address);
  if (!parsed.ok) return text.includes(":") ? parsed : refuse("not an IPv4 network", "write one such as 10.5.0.0/24");
  if (bits === undefined) return refuse("a network needs its prefix length", `did you mean ${cidrOf(address, 24).text} or ${address}/32?`);
  if (rest.length > 0 || !/^(0|[1-9]\d?)$/.test(bits) || Number(bits) > 32) {
    return refuse("the prefix length is not a number from 0 to 32", "write a network such as 10.5.0.0/24");
  }
  const cidr = cidrOf(address, Number(bits));
  return cidr.text === text
    ? accept(cidr)
    : refuse(`the address has bits set beyond its /${cidr.prefix} prefix`, `did you mean ${cidr.text}?`);
}

/**
 * Reads what a pool may hold. MetalLB also takes ranges such as `10.5.0.10-10.5.0.20`, but a router's static route leads to a network,
 * so a range is refused with the smallest network around it.
 */
export function parsePoolAddress(text: string): Parsed<Cidr> {
  const ends = text.split("-").map((end) => parseIpv4(end.trim()));
  const [first, last, ...rest] = ends;
  if (!first?.ok || !last?.ok || rest.length > 0) return parseRoutable(text);
  if (toNumber(first.value) > toNumber(last.value)) {
    return refuse("the range ends before it begins", `did you mean ${last.value}-${first.value}?`);
  }
  return refuse(
    "the router's static route needs a network, not a range",
    `write a network such as ${enclosing(first.value, last.value).text}`,
  );
}

/** A route wider than a /8 would take half the internet with it. */
function parseRoutable(text: string): Parsed<Cidr> {
  const parsed = parseCidr(text);
  if (!parsed.ok || parsed.value.prefix >= 8) return parsed;
  return refuse("the network is wider than a /8", `write a smaller one such as ${cidrOf(parsed.value.network, 24).text}`);
}

function enclosing(first: Ipv4, last: Ipv4): Cidr {
  let prefix = 32;
  while (!contains(cidrOf(first, prefix), last)) prefix--;
  return cidrOf(first, prefix);
}

/** The number of addresses in a network, first and last included. */
export function size(network: Cidr): number {
  return 2 ** (32 - network.prefix);
}

/** Whether a network holds an address. */
export function contains(network: Cidr, address: Ipv4): boolean {
  const offset = toNumber(address) - toNumber(network.network);
  return offset >= 0 && offset < size(network);
}

/** Whether two networks share an address, which for networks means that one holds the other. */
export function overlaps(one: Cidr, other: Cidr): boolean {
  return contains(one, other.network) || contains(other, one.network);
}

/** The last address of a network, to which no host answers. */
export function broadcast(network: Cidr): Ipv4 {
  return IPv4.broadcastAddressFromCIDR(network.text).toString() as Ipv4;
}
