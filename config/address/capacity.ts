import { toNumber, type AddressBlock } from "./address";
import type { PoolPlan } from "../plan";

/** Counts the addresses of a pool that services can get. */
export function capacityOf({ addresses, avoidBuggyIPs }: Pick<PoolPlan, "addresses" | "avoidBuggyIPs">): bigint {
  return addresses.reduce((sum, block) => sum + count(block) - (avoidBuggyIPs && block.family === 4 ? countBuggy(block) : 0n), 0n);
}

function count({ first, last }: AddressBlock): bigint {
  return toNumber(last) - toNumber(first) + 1n;
}

/** Counts the addresses of a block that end in .0 or .255. */
function countBuggy({ first, last }: AddressBlock): bigint {
  const [from, to] = [toNumber(first), toNumber(last)];
  const ending = (byte: bigint) => (to - byte + 256n) / 256n - (from - byte + 255n) / 256n;
  return ending(0n) + ending(255n);
}
