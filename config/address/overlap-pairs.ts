import { toNumber, type AddressBlock } from "./block";

/** How many pairs are returned. Thousands of equal entries would have millions. */
const MOST = 1000;

interface Span<T> {
  readonly item: T;
  readonly index: number;
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** Returns pairs of items that have an address in common, each once, with the later item first; in the order of the items. */
export function overlapPairs<T extends { readonly block: AddressBlock }>(items: readonly T[]): [later: T, earlier: T][] {
  const found: [later: Span<T>, earlier: Span<T>][] = [];
  let open: Span<T>[] = [];
  for (const span of sorted(items)) {
    open = open.filter((other) => isOpenAt(other, span));
    for (const other of open) found.push(span.index > other.index ? [span, other] : [other, span]);
    open.push(span);
    if (found.length >= MOST) break;
  }
  return inOrder(found);
}

/** Returns pairs of an item and another one of a second list that have an address in common, in the order of the items. */
export function overlapsWith<T extends { readonly block: AddressBlock }, O extends { readonly block: AddressBlock }>(
  items: readonly T[],
  others: readonly O[],
): [item: T, other: O][] {
  const [spans, otherSpans] = [sorted(items), sorted(others)];
  const found: [Span<T>, Span<O>][] = [];
  let open: Span<T>[] = [];
  let openOthers: Span<O>[] = [];
  for (let [index, next] = [0, 0]; (index < spans.length || next < otherSpans.length) && found.length < MOST;) {
    const [span, other] = [spans[index], otherSpans[next]];
    if (span !== undefined && (other === undefined || bySpan(span, other) <= 0)) {
      openOthers = openOthers.filter((one) => isOpenAt(one, span));
      for (const one of openOthers) found.push([span, one]);
      open.push(span);
      index++;
    } else if (other !== undefined) {
      open = open.filter((one) => isOpenAt(one, other));
      for (const one of open) found.push([one, other]);
      openOthers.push(other);
      next++;
    }
  }
  return inOrder(found);
}

function sorted<T extends { readonly block: AddressBlock }>(items: readonly T[]): Span<T>[] {
  return items
    .map((item, index) => ({ item, index, family: item.block.family, first: toNumber(item.block.first), last: toNumber(item.block.last) }))
    .sort(bySpan);
}

const bySpan = (one: Span<unknown>, other: Span<unknown>) => one.family - other.family || Number(one.first - other.first);
const isOpenAt = (one: Span<unknown>, { family, first }: Span<unknown>) => one.family === family && one.last >= first;

function inOrder<A, B>(pairs: readonly [Span<A>, Span<B>][]): [A, B][] {
  const ordered = [...pairs].sort(([a, b], [c, d]) => a.index - c.index || b.index - d.index);
  return ordered.slice(0, MOST).map(([one, other]) => [one.item, other.item]);
}
