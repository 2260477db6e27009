import { toNumber, type AddressBlock } from "./address/address";
import { locate, type Inspected } from "./parse";
import { placeOf, quote, type Problem } from "./problem";
import { gatewayAddresses, placedAddresses, reservedBlocks } from "./sections";

/** A conflict between two stacks. The problem names both files and both lines. */
export interface Clash {
  readonly stacks: readonly [later: string, earlier: string];
  readonly problem: Problem;
}

/** A value that only one stack may have. Two claims with the same key clash. */
interface Claim {
  readonly stack: Inspected;
  readonly path: string;
  readonly key: string;
  /** The value as messages show it. */
  readonly value: string;
}

/** Finds all clashes between stacks. */
export function findClashes(stacks: readonly Inspected[]): Clash[] {
  return [...overlaps(stacks), ...unique.flatMap(({ claims, rule, fix }) => duplicates(stacks.flatMap(claims), rule, fix))];
}

const claim = (stack: Inspected, path: string, value: string, key = value): Claim => ({ stack, path, key, value: quote(value) });

const unique: { claims: (stack: Inspected) => Claim[]; rule: string; fix: string }[] = [
  {
    claims: (stack) => gatewayAddresses(stack.sections).map(({ path, address }) => claim(stack, path, address)),
    rule: "another stack has the same next hop, which belongs to one cluster",
    fix: "give each cluster a next hop of its own",
  },
  {
    claims: (stack) => {
      const { cluster } = stack.sections;
      return cluster === undefined ? [] : [claim(stack, "cluster.name", cluster.name ?? stack.source.stack)];
    },
    rule: "another stack's cluster has the same name",
    fix: "give each cluster a name of its own, and one stack",
  },
  {
    claims: (stack) => {
      const { cluster } = stack.sections;
      return cluster === undefined
        ? []
        : [claim(stack, "cluster.context", cluster.context, JSON.stringify([cluster.kubeconfig, cluster.context]))];
    },
    rule: "another stack has the same context of the same kubeconfig, and so the same cluster",
    fix: "give each stack a cluster of its own",
  },
];

function duplicates(claims: readonly Claim[], rule: string, fix: string): Clash[] {
  const first = new Map<string, Claim>();
  return claims.flatMap((later) => {
    const earlier = first.get(later.key);
    if (earlier === undefined) first.set(later.key, later);
    // The rules within one stack are in rules.ts.
    if (earlier === undefined || earlier.stack === later.stack) return [];
    return [clash(later, earlier, `${rule} (${placed(earlier)})`, fix)];
  });
}

/** Reports the clash for the later stack, which is most likely the one to change. */
function clash(later: Omit<Claim, "key">, earlier: Pick<Claim, "stack">, rule: string, fix: string): Clash {
  const problem = locate(later.stack.source, { path: later.path, value: later.value, rule, fix });
  return { stacks: [later.stack.source.stack, earlier.stack.source.stack], problem };
}

/** Returns the location of a claim, such as `Pulumi.lab-dev.yaml:9: pools[0].addresses[0]`. */
function placed({ stack, path }: Pick<Claim, "stack" | "path">): string {
  return `${placeOf(locate(stack.source, { path, value: "", rule: "", fix: "" }))}: ${path}`;
}

/** A block of addresses in a stack, with its use. */
interface Extent {
  readonly stack: Inspected;
  /** The stack's index in the list. */
  readonly order: number;
  readonly path: string;
  readonly block: AddressBlock;
  /** MetalLB assigns the addresses of `pool` and `floating`; those of the other kinds are in use elsewhere. */
  readonly kind: "pool" | "floating" | "gateway" | "reserved";
  /** A text that follows the block in a message and names its owner. */
  readonly owner: string;
  readonly first: bigint;
  readonly last: bigint;
}

/** Finds overlapping pools of different stacks, and pools that overlap addresses in use in another stack. */
function overlaps(stacks: readonly Inspected[]): Clash[] {
  const extents = stacks.flatMap(extentsOf).sort((one, other) => one.block.family - other.block.family || Number(one.first - other.first));
  const clashes: Clash[] = [];
  let open: Extent[] = [];
  for (const extent of extents) {
    open = open.filter(({ last, block }) => block.family === extent.block.family && last >= extent.first);
    for (const other of open) clashes.push(...overlap(extent, other));
    open.push(extent);
  }
  return clashes;
}

function extentsOf(stack: Inspected, order: number): Extent[] {
  const { sections } = stack;
  const extent = (kind: Extent["kind"], path: string, block: AddressBlock, owner: string): Extent => {
    return { stack, order, path, block, kind, owner, first: toNumber(block.first), last: toNumber(block.last) };
  };
  const hop = sections.gateway?.mode === "floating" ? "floating" : "gateway";
  return [
    ...placedAddresses(sections).map(({ path, block, pool }) =>
      extent("pool", path, block, ` of pool ${pool.name} in stack ${stack.source.stack}`),
    ),
    ...reservedBlocks(sections).map(({ path, block, owner }) => extent("reserved", path, block, `, ${owner}`)),
    ...gatewayAddresses(sections).map(({ path, address }) =>
      extent(hop, path, { text: address, family: 4, first: address, last: address }, `, ${whose(sections)}`),
    ),
  ];
}

const whose = ({ gateway }: Inspected["sections"]): string =>
  gateway?.mode === "node" ? "the address of a node" : "the next hop of a stack";

/** Ranks the kinds by how easily the user can change them. */
const YIELDS = { reserved: 0, gateway: 0, floating: 1, pool: 2 } as const satisfies Record<Extent["kind"], number>;

function overlap(one: Extent, other: Extent): Clash[] {
  const kinds = [one.kind, other.kind];
  const isClash = kinds.includes("pool") || (kinds.includes("floating") && kinds.includes("reserved"));
  if (one.stack === other.stack || !isClash) return [];
  // The clash is reported for the address that MetalLB assigns; between two pools, for the later stack.
  const difference = YIELDS[one.kind] - YIELDS[other.kind] || one.order - other.order;
  const [later, earlier] = difference > 0 ? [one, other] : [other, one];
  // If the stack reserves the same block itself, the rules within the stack report it already.
  if (reservedBlocks(later.stack.sections).some(({ block }) => block.text === earlier.block.text)) return [];
  const rule = `overlaps ${earlier.block.text}${earlier.owner} (${placed(earlier)})`;
  return [clash({ ...later, value: quote(later.block.text) }, earlier, rule, "give each cluster addresses of its own")];
}
