import type { PoolBlock, RenderedStack } from "../../cluster/manifests/rendered-stack";
import { toNumber, type AddressBlock } from "../../config/address/address";
import { overlapsWith } from "../../config/address/overlap-pairs";
import type { MovedAddresses } from "./diff";

/** Returns the addresses that are in a pool of one stack before and in a pool of another one after. */
export function movedAddresses(base: readonly RenderedStack[], head: readonly RenderedStack[]): MovedAddresses[] {
  return overlapsWith(blocksOf(base), blocksOf(head))
    .filter(([from, to]) => from.stack !== to.stack)
    .map(([from, to]) => ({
      addresses: commonPart(from.block, to.block),
      from: { stack: from.stack, pool: from.pool },
      to: { stack: to.stack, pool: to.pool },
    }));
}

const blocksOf = (stacks: readonly RenderedStack[]): (PoolBlock & { readonly stack: string })[] =>
  stacks.flatMap(({ stack, blocks }) => blocks.map((one) => ({ ...one, stack })));

/** Returns the text of the addresses that two overlapping blocks have in common. */
function commonPart(one: AddressBlock, other: AddressBlock): string {
  const first = toNumber(one.first) >= toNumber(other.first) ? one.first : other.first;
  const last = toNumber(one.last) <= toNumber(other.last) ? one.last : other.last;
  const whole = [one, other].find((block) => block.first === first && block.last === last);
  return whole?.text ?? `${first}-${last}`;
}
