import { IPv4, IPv6 } from "ipaddr.js";

import { cidrOf, contains, familyOf, networkOf6, overlaps, toNumber, type AddressBlock, type Cidr, type Ipv4, type Ipv6 } from "./block";

export * from "./block";

/** The rule that a text breaks, and the fix. */
export interface Refusal {
  readonly rule: string;
  readonly fix: string;
}

/**
 * A parsed value, or the reason why there is none. Parsers return the reason instead of throwing it, so that a caller can collect all
 * problems.
 */
export type Parsed<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Refusal);

export const refuse = (rule: string, fix: string) => ({ ok: false, rule, fix }) as const;
export const accept = <T>(value: T) => ({ ok: true, value }) as const;

/** Parses a dotted IPv4 address. Refuses short, octal and hexadecimal forms, which some tools accept. */
export function parseIpv4(text: string): Parsed<Ipv4> {
  if (isIpv6(text))
    return refuse("the router's list of static routes does not support IPv6", "write an IPv4 address such as 192.168.50.11");
  if (!IPv4.isValidFourPartDecimal(text)) return refuse("not an IPv4 address", "write four numbers from 0 to 255, such as 192.168.50.11");
  return accept(text as Ipv4);
}

/** Parses a next hop: an IPv4 address, or `auto`. */
export function parseHop(text: string): Parsed<Ipv4 | "auto"> {
  return text === "auto" ? accept(text) : parseIpv4(text);
}

/** The library takes several times as long, which counts for a router with a long table. */
const FOUR_BYTES = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** Whether a text is a dotted IPv4 address. Used for texts that cluster and router report. */
export function isIpv4(text: string): text is Ipv4 {
  return FOUR_BYTES.test(text);
}

/**
 * Parses an IPv6 address in the canonical form of RFC 5952. Refuses forms with an embedded IPv4 address: MetalLB would read them as IPv4.
 */
function parseIpv6(text: string): Parsed<Ipv6> {
  if (!isIpv6(text)) return refuse("not an IPv6 address", "write one such as fd00:5::1");
  const canonical = shortest(text);
  if (canonical === text) return accept(text as Ipv6);
  const rule = isMapped(text) ? "an IPv4 address in the form of an IPv6 address" : "not the short form of this IPv6 address";
  return refuse(rule, `did you mean ${canonical}?`);
}

const isIpv6 = (text: string) => IPv6.isValid(text) && !text.includes("%");
const isMapped = (text: string) => IPv6.parse(text).isIPv4MappedAddress();

/** Returns the form of an IPv6 address that this program accepts; an IPv4 address if it stands for one. */
const shortest = (text: string): string =>
  isMapped(text) ? IPv6.parse(text).toIPv4Address().toString() : IPv6.parse(text).toRFC5952String();

/** Parses an IPv4 network such as `10.5.0.0/24`. If host bits are set, the fix names the network that was probably meant. */
export function parseCidr(text: string): Parsed<Cidr> {
  const [address = "", bits, ...rest] = text.split("/");
  const parsed = parseIpv4(address);
  if (!parsed.ok) return isIpv6(address) ? parsed : refuse("not an IPv4 network", "write one such as 10.5.0.0/24");
  if (bits === undefined) {
    return refuse("a network needs its prefix length", `did you mean ${cidrOf(parsed.value, 24).text} or ${address}/32?`);
  }
  const mask = rest.length === 0 && IPv4.isValidFourPartDecimal(bits) ? IPv4.parse(bits).prefixLengthFromSubnetMask() : null;
  if (mask !== null) return refuse("the netmask follows from the prefix length", `did you mean ${cidrOf(parsed.value, mask).text}?`);
  if (rest.length > 0 || !/^(0|[1-9]\d?)$/.test(bits) || Number(bits) > 32) {
    return refuse("the prefix length is not a number from 0 to 32", "write a network such as 10.5.0.0/24");
  }
  const cidr = cidrOf(parsed.value, Number(bits));
  return cidr.text === text
    ? accept(cidr)
    : refuse(`the address has bits set beyond its /${cidr.prefix} prefix`, `did you mean ${cidr.text}?`);
}

function parseNetwork6(text: string): Parsed<AddressBlock> {
  const [address = "", bits, ...rest] = text.split("/");
  if (!isIpv6(address)) return refuse("not an IPv6 network", "write one such as fd00:5::/64");
  if (bits === undefined)
    return refuse("a network needs its prefix length", `did you mean ${shortest(address)}/${isMapped(address) ? 32 : 128}?`);
  if (rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > 128) {
    return refuse("the prefix length is not a number from 0 to 128", "write a network such as fd00:5::/64");
  }
  if (isMapped(address)) {
    const rule = "an IPv4 network in the form of an IPv6 network";
    if (Number(bits) < 96) return refuse(rule, "write an IPv4 network such as 10.5.0.0/24");
    return refuse(rule, `did you mean ${cidrOf(shortest(address) as Ipv4, Number(bits) - 96).text}?`);
  }
  const network = networkOf6(shortest(address) as Ipv6, Number(bits));
  if (network.text !== text) {
    const hostBits = !IPv6.parse(address).match(IPv6.parse(network.first), 128);
    const rule = hostBits ? `the address has bits set beyond its /${bits} prefix` : "not the short form of this IPv6 network";
    return refuse(rule, `did you mean ${network.text}?`);
  }
  const valid = parseIpv6(address);
  return valid.ok ? accept(network) : valid;
}

/** Parses a range such as `10.5.0.10-10.5.0.20`, with both ends included. */
function parseRange(text: string): Parsed<AddressBlock> {
  if (/[^\da-f.: -]/i.test(text))
    return refuse("neither a network nor a range of addresses", "write one such as 10.5.0.0/24 or 10.5.0.10-10.5.0.20");
  const [start = "", end = "", ...rest] = text.split("-").map((part) => part.trim());
  const isValid = start.includes(":") ? isIpv6 : isIpv4;
  if (rest.length > 0 || !isValid(start) || !isValid(end)) {
    return refuse("not a range of two addresses of one family", "write one such as 10.5.0.10-10.5.0.20");
  }
  const [from, to] = [start, end].map((address) => (address.includes(":") ? shortest(address) : address)) as [Ipv4 | Ipv6, Ipv4 | Ipv6];
  const family = familyOf(from);
  if (family !== familyOf(to)) return refuse("not a range of two addresses of one family", "write one such as 10.5.0.10-10.5.0.20");
  if (toNumber(from) > toNumber(to)) return refuse("the range ends before it begins", `did you mean ${to}-${from}?`);
  const range: AddressBlock = { text: `${from}-${to}`, family, first: from, last: to };
  if (range.text === text) return accept(range);
  const isLong = from !== start || to !== end;
  return refuse(isLong ? "not the short form of these addresses" : "a range is written without spaces", `did you mean ${range.text}?`);
}

/** Parses a network or a range, IPv4 or IPv6, as MetalLB's pools accept them. */
function parseBlock(text: string): Parsed<AddressBlock> {
  if (text.includes("-")) return parseRange(text);
  return text.includes(":") ? parseNetwork6(text) : parseCidr(text);
}

/** Parses a reserved block: a network, a range or one address. */
export function parseReserved(text: string): Parsed<AddressBlock> {
  if (/[-/]/.test(text)) return parseBlock(text);
  const address = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  return address.ok ? accept({ text, family: text.includes(":") ? 6 : 4, first: address.value, last: address.value }) : address;
}

/** Networks in which no service can have an address. */
const unusable: [text: string, use: string][] = [
  ["0.0.0.0/8", "means this very host"],
  ["127.0.0.0/8", "never leaves a host"],
  ["169.254.0.0/16", "never leaves its link"],
  ["224.0.0.0/4", "is for multicast"],
  ["240.0.0.0/4", "is reserved"],
  ["::/8", "is reserved"],
  ["fe80::/10", "never leaves its link"],
  ["ff00::/8", "is for multicast"],
];

/** Parses the network of a LAN. */
export function parseLan(text: string): Parsed<Cidr> {
  const example = "write the router's LAN, such as 192.168.50.0/24";
  const parsed = parseCidr(text);
  if (!parsed.ok) return parsed;
  const { prefix, network } = parsed.value;
  if (prefix < 8) return refuse("wider than a /8", example);
  if (prefix === 32) return refuse("has one address alone, so no host but the router", `did you mean ${cidrOf(network, 24).text}?`);
  const taken = unusableBlocks.find(({ block }) => overlaps(block, parsed.value));
  return taken === undefined ? parsed : refuse(`${taken.block.text} ${taken.use}`, example);
}

/** Returns for what else the network of an address is used, so that no host has it; undefined if a host can have it. */
export function usedFor(address: Ipv4): string | undefined {
  const taken = unusableBlocks.find(({ block }) => contains(block, address));
  return taken && `${taken.block.text} ${taken.use}`;
}

/** Parses the address of a host, to which traffic can be sent. */
export function parseHost(text: string): Parsed<Ipv4> {
  const parsed = parseIpv4(text);
  const use = parsed.ok ? usedFor(parsed.value) : undefined;
  return use === undefined ? parsed : refuse(use, "write the address of a host on the LAN, such as 192.168.50.11");
}

const unusableBlocks = unusable.map(([text, use]) => ({ block: known(text), use }));

function known(text: string): AddressBlock {
  const parsed = parseBlock(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.rule}`);
  return parsed.value;
}

/** The largest block of a pool: a /8 of IPv4 or a /32 of IPv6. A larger one would contain much of the public internet. */
const largest = { 4: 2n ** 24n, 6: 2n ** 96n };

/** Parses an entry of a pool's addresses: a network or a range in which services can have addresses. */
export function parsePoolAddress(text: string): Parsed<AddressBlock> {
  const parsed = parseBlock(text);
  if (!parsed.ok) return parsed;
  const { family, first, last } = parsed.value;
  const example = family === 4 ? "10.5.0.0/24" : "fd00:5::/64";
  if (toNumber(last) - toNumber(first) >= largest[family]) {
    return refuse(`wider than a /${family === 4 ? 8 : 32}`, `write a smaller network such as ${example}`);
  }
  const taken = unusableBlocks.find(({ block }) => overlaps(block, parsed.value));
  return taken === undefined ? parsed : refuse(`${taken.block.text} ${taken.use}`, `write a private network such as ${example}`);
}
