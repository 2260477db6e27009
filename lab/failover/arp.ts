/** Finds the claims of an address in the frames that pass through the switch. */

/** One frame in which a host claims an address. */
export interface Claim {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly mac: string;
  /** Whether it is an unsolicited broadcast. Otherwise it is the answer to one host. */
  readonly gratuitous: boolean;
}

const FRAME = /^(\d+\.\d+) (\S+) > (\S+), ethertype ARP .*?: (.*)$/;

/** Parses a line of tcpdump. @returns undefined if it is no claim of the address, such as a question for it */
export function parseClaim(line: string, address: string): Claim | undefined {
  const [, seconds, mac, to, description = ""] = FRAME.exec(line) ?? [];
  if (seconds === undefined || mac === undefined) return undefined;
  const claims = description.startsWith(`Reply ${address} is-at `) || description.startsWith(`Announcement ${address},`);
  // A gratuitous request asks for the sender's own address.
  const isGratuitous = description.startsWith(`Request who-has ${address} `) && description.includes(` tell ${address},`);
  if (!claims && !isGratuitous) return undefined;
  return { at: Number(seconds) * 1000, mac, gratuitous: to === "ff:ff:ff:ff:ff:ff" };
}

/**
 * Returns for how long the address had more than one owner, in milliseconds: from the first claim after `since` of its final owner to the last
 * claim of any other host.
 */
export function conflict(claims: readonly Claim[], since: number): number {
  const later = claims.filter(({ at }) => at >= since);
  const owner = later.at(-1)?.mac;
  const first = later.find(({ mac }) => mac === owner)?.at ?? 0;
  return Math.max(0, ...later.filter(({ mac, at }) => mac !== owner && at > first).map(({ at }) => at - first));
}

/** Returns the number of seconds in each of which more than one host claimed the address. */
export function contestedSeconds(claims: readonly Claim[]): number {
  const owners = new Map<number, Set<string>>();
  for (const { at, mac } of claims) {
    const second = Math.floor(at / 1000);
    owners.set(second, (owners.get(second) ?? new Set()).add(mac));
  }
  return [...owners.values()].filter(({ size }) => size > 1).length;
}
