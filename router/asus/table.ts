import { isIpv4, type Ipv4 } from "../../config/address/address";

/** A route in one of the kernel's tables. */
export interface LiveRoute {
  readonly line: string;
  readonly destination: Ipv4;
  /** The prefix length in bits. */
  readonly prefix: number;
  /** The gateway; empty if the network is directly connected. */
  readonly gateway: string;
  readonly interface: string;
  readonly metric: number;
}

/** The words before the destination of a route that is not a plain unicast route. */
const kinds = ["unreachable", "blackhole", "prohibit", "throw", "local", "broadcast", "multicast", "anycast", "nat", "unicast"];

/** Parses a line of `ip route show`. Returns nothing for a line that is no IPv4 route with a network. */
export function parseLine(line: string): LiveRoute[] {
  const words = line.trim().split(/\s+/);
  if (kinds.includes(words[0] ?? "")) words.shift();
  const [destination = "", prefix = "32"] = (words[0] ?? "").split("/");
  if (!isIpv4(destination) || !/^\d+$/.test(prefix) || Number(prefix) > 32) return [];
  return [
    {
      line: line.trim(),
      destination,
      prefix: Number(prefix),
      gateway: wordAfter("via", words),
      interface: wordAfter("dev", words),
      metric: Number(wordAfter("metric", words)),
    },
  ];
}

/** Returns the word after another one; empty if there is none. */
export function wordAfter(word: string, words: readonly string[]): string {
  return words.includes(word) ? (words[words.indexOf(word) + 1] ?? "") : "";
}
