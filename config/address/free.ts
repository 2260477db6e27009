import { IPv6 } from "ipaddr.js";

import { isBuggy, toNumber, type AddressBlock } from "./block";

/** The largest number of addresses of a block that are looked at. */
const LOOKED_AT = 65_536n;

/** Returns the addresses of blocks in the order in which MetalLB gives them, without those that end in .0 and .255 if they are avoided. */
export function* addressesIn(blocks: readonly AddressBlock[], avoidBuggyIPs: boolean): Generator<string> {
  for (const { family, first, last } of blocks) {
    const [from, to] = [toNumber(first), toNumber(last)];
    for (let number = from; number <= to && number - from < LOOKED_AT; number++) {
      const address = family === 4 ? ipv4(number) : ipv6(number);
      if (!(avoidBuggyIPs && isBuggy(address))) yield address;
    }
  }
}

const bytesOf = (number: bigint, length: number): number[] =>
  Array.from({ length }, (_, index) => Number((number >> BigInt(8 * (length - 1 - index))) & 255n));

const ipv4 = (number: bigint): string => bytesOf(number, 4).join(".");
const ipv6 = (number: bigint): string => new IPv6(bytesOf(number, 16)).toRFC5952String();
