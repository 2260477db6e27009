/** Compares the addresses of different stacks. */
import { overlaps, parseIpv4, toNumber, type AddressBlock, type Ipv4 } from "./address/address";
import { clash, locationOf, type Clash } from "./clash";
import type { Inspected } from "./parse";
import { quote } from "./problem";
import { gatewayAddresses, placedAddresses, reservedBlocks, type Sections } from "./sections";

/** A block of addresses in a stack, with its use. */
interface Extent {
  readonly stack: Inspected;
  /** The stack's index in the list. */
  readonly order: number;
  readonly path: string;
  readonly block: AddressBlock;
  /**
   * MetalLB assigns the addresses of `routed`, `unrouted` and `floating`; those of the other kinds are in use elsewhere. No other stack's
   * host can have an address of `hosts`.
   */
  readonly kind: "routed" | "unrouted" | "floating" | "gateway" | "hosts" | "reserved" | "router" | "lan";
  /** A text that follows the block in a message and names its owner. */
  readonly owner: string;
  readonly first: bigint;
  readonly last: bigint;
}

type Kind = Extent["kind"];

/** Ranks the kinds by how easily the user can change them. The clash is reported for the higher one; if equal, for the later stack. */
const PRIORITY = { lan: 0, router: 0, reserved: 0, hosts: 0, gateway: 1, floating: 1, unrouted: 2, routed: 2 } as const satisfies Record<
  Kind,
  number
>;

const pools: readonly Kind[] = ["routed", "unrouted"];

/** The kinds that conflict with a kind of another stack, if both have an address in common. */
const CONFLICTS: Partial<Record<Kind, readonly Kind[]>> = {
  routed: [...pools, "floating", "gateway", "hosts", "reserved", "router", "lan"],
  unrouted: [...pools, "floating", "gateway", "hosts", "reserved", "router"],
  floating: [...pools, "hosts", "reserved", "router"],
  gateway: [...pools, "hosts", "router"],
};

/** How many clashes of two stacks are reported. Thousands of equal entries would have millions. */
const MOST = 100;

/** Finds addresses that one stack uses and another stack gives to services, to its next hop, or to other hosts. */
export function overlapsBetween(stacks: readonly Inspected[]): Clash[] {
  const all = [...stacks.flatMap(extentsOf), ...sharedExtents(stacks)];
  const extents = all.sort((one, other) => one.block.family - other.block.family || Number(one.first - other.first));
  const clashes: Clash[] = [];
  const found = new Map<number, number>();
  // By stack: the extents of one stack, which may be many and equal, are not compared with each other here.
  const open = new Map<number, Extent[]>();
  for (const extent of extents) {
    for (const [order, others] of open) {
      const pair = Math.min(extent.order, order) * stacks.length + Math.max(extent.order, order);
      if (order === extent.order || (found.get(pair) ?? 0) >= MOST) continue;
      const left = others.filter(({ last, block }) => block.family === extent.block.family && last >= extent.first);
      if (left.length === 0) open.delete(order);
      else open.set(order, left);
      const overlapping = left.flatMap((other) => overlap(extent, other));
      if (overlapping.length > 0) found.set(pair, (found.get(pair) ?? 0) + overlapping.length);
      for (const one of overlapping) clashes.push(one);
    }
    const own = open.get(extent.order);
    if (own === undefined) open.set(extent.order, [extent]);
    else own.push(extent);
  }
  return clashes;
}

const extentIn =
  (stack: Inspected, order: number) =>
  (kind: Kind, path: string, block: AddressBlock, owner: string): Extent => {
    return { stack, order, path, block, kind, owner, first: toNumber(block.first), last: toNumber(block.last) };
  };

function extentsOf(stack: Inspected, order: number): Extent[] {
  const { sections } = stack;
  const extent = extentIn(stack, order);
  const hop = sections.gateway?.mode === "floating" ? "floating" : "gateway";
  return [
    ...placedAddresses(sections).map(({ path, block, pool }) =>
      extent(pool.route ? "routed" : "unrouted", path, block, ` of pool ${pool.name} in stack ${stack.source.stack}`),
    ),
    ...reservedBlocks(sections).map(({ path, block, owner }) =>
      extent(/^reserved\.(nodes|others)/.test(path) ? "hosts" : "reserved", path, block, `, ${owner}`),
    ),
    ...gatewayAddresses(sections).map(({ path, address }) => extent(hop, path, single(address), `, ${whose(sections)}`)),
  ];
}

/** Returns the routers and LANs. Stacks usually share them, so each is returned once, for the first stack that has it. */
function sharedExtents(stacks: readonly Inspected[]): Extent[] {
  const known = new Map<string, Extent>();
  for (const [order, stack] of stacks.entries()) {
    const { router } = stack.sections;
    if (router === undefined) continue;
    const extent = extentIn(stack, order);
    const owner = ` of stack ${stack.source.stack}`;
    const host = parseIpv4(router.host);
    const extents = [
      extent("lan", "router.lan", router.lan, `, the LAN${owner}`),
      ...(host.ok ? [extent("router", "router.host", single(host.value), `, the router${owner}`)] : []),
    ];
    for (const one of extents) if (!known.has(one.block.text)) known.set(one.block.text, one);
  }
  return [...known.values()];
}

const single = (address: Ipv4): AddressBlock => ({ text: address, family: 4, first: address, last: address });

const whose = ({ gateway }: Sections): string => (gateway?.mode === "node" ? "the address of a node" : "the next hop of a stack");

function overlap(one: Extent, other: Extent): Clash[] {
  if (one.stack === other.stack || !(CONFLICTS[one.kind]?.includes(other.kind) || CONFLICTS[other.kind]?.includes(one.kind))) return [];
  const difference = PRIORITY[one.kind] - PRIORITY[other.kind] || one.order - other.order;
  const [later, earlier] = difference > 0 ? [one, other] : [other, one];
  if (isReportedWithin(later.stack.sections, earlier) || isDocumented(earlier, later)) return [];
  const rule = `overlaps ${earlier.block.text}${earlier.owner} (${locationOf(earlier)})`;
  return [clash({ ...later, value: quote(later.block.text) }, earlier, rule, "give each cluster addresses of its own")];
}

/** Whether the stack has the same block itself, so that the rules within the stack report it. */
function isReportedWithin(sections: Sections, { kind, block }: Extent): boolean {
  if (kind === "lan") return sections.router !== undefined && overlaps(sections.router.lan, block);
  if (kind === "router") return sections.router?.host === block.text;
  return (kind === "hosts" || kind === "reserved") && reservedBlocks(sections).some((own) => own.block.text === block.text);
}

/** Whether a stack lists exactly the addresses of another stack's pools in `reserved.others`. */
function isDocumented({ path, block, first, last }: Extent, { kind, stack }: Extent): boolean {
  if (!path.startsWith("reserved.others") || !pools.includes(kind)) return false;
  const inside = placedAddresses(stack.sections)
    .filter((extent) => overlaps(extent.block, block))
    .map((extent) => [toNumber(extent.block.first), toNumber(extent.block.last)] as const);
  const count = inside.reduce((sum, [from, to]) => sum + to - from + 1n, 0n);
  return count === last - first + 1n && inside.every(([from, to]) => from >= first && to <= last);
}
