/** Who claims an address on the LAN, from the frames that pass the switch. */

/** One frame in which a host says that an address is its own. */
export interface Claim {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly mac: string;
  /** To everybody and unasked; else the answer to one host. */
  readonly gratuitous: boolean;
}

const FRAME = /^(\d+\.\d+) (\S+) > (\S+), ethertype ARP .*?: (.*)$/;

/** Reads a line of tcpdump's. @returns undefined for what is no claim on the address, such as a question for it */
export function parseClaim(line: string, address: string): Claim | undefined {
  const [, seconds, mac, to, said = ""] = FRAME.exec(line) ?? [];
  if (seconds === undefined || mac === undefined) return undefined;
  const claims = said.startsWith(`Reply ${address} is-at `) || said.startsWith(`Announcement ${address},`);
  // A gratuitous request asks for the sender's own address.
  const asksForItself = said.startsWith(`Request who-has ${address} `) && said.includes(` tell ${address},`);
  if (!claims && !asksForItself) return undefined;
  return { at: Number(seconds) * 1000, mac, gratuitous: to === "ff:ff:ff:ff:ff:ff" };
}

/**
 * For how long the address had more than one owner, in milliseconds: from the first claim after `since` of the host that has it in the end, to
 * the last one of any other.
 */
export function conflict(claims: readonly Claim[], since: number): number {
  const later = claims.filter(({ at }) => at >= since);
  const owner = later.at(-1)?.mac;
  const first = later.find(({ mac }) => mac === owner)?.at ?? 0;
  return Math.max(0, ...later.filter(({ mac, at }) => mac !== owner && at > first).map(({ at }) => at - first));
}
