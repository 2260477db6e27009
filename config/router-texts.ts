/** Parsers for texts in the section `router` of a stack file. */
import { IPv6 } from "ipaddr.js";

import { accept, parseIpv4, refuse, usedFor, type Parsed } from "./address/address";

const example = "write one such as 192.168.50.1";

/** The characters of an address or a host name. */
export const HOST_FORM = /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/;

const label = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/;

/** Parses the address or the name of a router. */
export function parseRouterHost(text: string): Parsed<string> {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  if (host !== "" && parseName(host).ok) return refuse("has a port", `did you mean ${host}, with router.port: ${Number(port)}?`);
  return parseName(text);
}

function parseName(text: string): Parsed<string> {
  if (text.includes(":") && IPv6.isValid(text) && HOST_FORM.test(text)) return parseIpv6(text);
  const labels = text.split(".");
  // Programs read a name whose last part is a number as an IPv4 address.
  if (/^(\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? "") && /^[\w.]+$/.test(text)) return parseAddress(text);
  if (!labels.every((one) => label.test(one))) return refuse("neither an address nor a host name", example);
  if (text.length > 253) return refuse("a host name has at most 253 letters", example);
  if (labels.some(({ length }) => length > 63)) return refuse("a part of a host name has at most 63 letters", example);
  return accept(text);
}

/** The IPv6 addresses that no router can be reached at, by their range. */
const UNUSABLE: Readonly<Record<string, string>> = {
  linkLocal: "fe80::/10 is for one link and needs an interface",
  multicast: "ff00::/8 is for multicast",
};

function parseIpv6(text: string): Parsed<string> {
  const use = UNUSABLE[IPv6.parse(text).range()];
  return use === undefined ? accept(text) : refuse(use, "write the router's address on its LAN, such as 192.168.50.1 or fd00::1");
}

function parseAddress(text: string): Parsed<string> {
  const parsed = parseIpv4(text);
  if (!parsed.ok) return refuse("not an IPv4 address", "write four numbers from 0 to 255, such as 192.168.50.1");
  // A router on the other end of an SSH tunnel has an address of this machine.
  const use = text.startsWith("127.") ? undefined : usedFor(parsed.value);
  return use === undefined ? parsed : refuse(use, "write the router's address on its LAN, such as 192.168.50.1");
}

const keyTypes = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/;

/** A key's type and text, with anything around them. */
export const HOST_KEY_FORM = /(^|\s)(ssh-ed25519|ecdsa-sha2-nistp(256|384|521))\s+[A-Za-z0-9+/]+={0,2}(\s|$)/;

/** Parses a host key, as in a .pub file or in a line of known_hosts. @returns the type and the text, without host and comment */
export function parseHostKey(text: string): Parsed<string> {
  const fix = "write the key's type and text, such as ssh-ed25519 AAAA..., as ssh-keyscan prints them after the host";
  const lines = text.split("\n").filter((line) => /^\s*[^#\s]/.test(line));
  if (lines.length > 1) return refuse("more than one line", fix);
  const words = (lines[0] ?? "").trim().split(/\s+/);
  const marker = words.find((word) => /^@(revoked|cert-authority)$/.test(word));
  if (marker !== undefined) return refuse(`marked with ${marker}, so not a key that the router may show`, fix);
  // In known_hosts, the host comes first.
  const [type = "", key = ""] = keyTypes.test(words[0] ?? "") ? words : words.slice(1);
  if (!keyTypes.test(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return refuse("not an ed25519 or ecdsa host key", fix);
  return accept(`${type} ${key}`);
}
