import { cidrOf, parseReserved, type AddressBlock } from "../../config/address/address";
import { overlaps } from "../../config/address/block";
import { isNextHop } from "../../config/next-hop";
import type { GatewayPlan, PoolPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";

/** A pool as the stack has it in the cluster now. */
export interface CurrentPool {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** The change of one pool, in an order in which no two pools ever overlap: MetalLB refuses even a short overlap. */
export interface PoolStep {
  readonly pool: PoolPlan;
  /** The pools that must release addresses before this pool changes. */
  readonly after: readonly string[];
  /** The pool that this one replaces, and that must be deleted first. It is not in the plan any more. */
  readonly previousName?: string;
}

/** The steps, each after the steps that it waits for, and the changes that no order makes possible. */
export interface PoolOrder {
  readonly steps: readonly PoolStep[];
  readonly conflicts: readonly Finding[];
}

/**
 * Orders the changes of a stack's pools. A pool that takes over addresses waits for the pool that has them. A new pool that overlaps a
 * removed one replaces it. Reports changes that need two runs, because MetalLB would refuse them halfway.
 */
export function orderPools(pools: readonly PoolPlan[], current: readonly CurrentPool[]): PoolOrder {
  const before = current.map(({ name, addresses }) => ({ name, blocks: addresses.flatMap(blocksOf) }));
  const overlappingPools = ({ name, addresses }: PoolPlan) =>
    before
      .filter((old) => old.name !== name && old.blocks.some((block) => addresses.some((one) => overlaps(one, block))))
      .map((old) => old.name);
  const planned = new Set(pools.map(({ name }) => name));
  const existing = new Set(current.map(({ name }) => name));
  const renamed = new Map<string, string>();
  const previousName = new Map<string, string>();
  for (const pool of pools.filter(({ name }) => !existing.has(name))) {
    const old = overlappingPools(pool).find((name) => !planned.has(name) && !renamed.has(name) && !isNextHop(name));
    if (old === undefined) continue;
    renamed.set(old, pool.name);
    previousName.set(pool.name, old);
  }
  const conflicts: Finding[] = [];
  const steps = pools.map((pool, index): PoolStep => {
    const own = previousName.get(pool.name);
    const others = overlappingPools(pool).filter((name) => name !== own);
    for (const old of others.filter((name) => !planned.has(name) && !renamed.has(name)))
      conflicts.push(describeRemovedPool(pool, index, old));
    const after = others.flatMap((name) => (planned.has(name) ? name : (renamed.get(name) ?? [])));
    return { pool, after: [...new Set(after)], ...(own === undefined ? {} : { previousName: own }) };
  });
  const sorted = sort(steps);
  const cyclic = steps.filter((step) => !sorted.includes(step)).map(({ pool }) => pool.name);
  return {
    steps: [...sorted, ...steps.filter((step) => !sorted.includes(step))],
    conflicts: [...conflicts, ...describeCycle(pools, cyclic)],
  };
}

function blocksOf(text: string): AddressBlock[] {
  const parsed = parseReserved(text);
  return parsed.ok ? [parsed.value] : [];
}

/** Sorts the steps topologically. Steps that wait for each other are left out. */
function sort(steps: readonly PoolStep[]): PoolStep[] {
  const sorted: PoolStep[] = [];
  const done = new Set<string>();
  for (;;) {
    const next = steps.filter((step) => !sorted.includes(step) && step.after.every((name) => done.has(name)));
    if (next.length === 0) return sorted;
    sorted.push(...next);
    for (const { pool } of next) done.add(pool.name);
  }
}

/** Reports a pool that still has the address of a new floating next hop. The pool must release the address in an earlier run. */
export function findNextHopConflict({ mode, address }: GatewayPlan, current: readonly CurrentPool[]): Finding[] {
  if (mode !== "floating") return [];
  const hop = cidrOf(address, 32);
  return current
    .filter(({ name, addresses }) => !isNextHop(name) && addresses.flatMap(blocksOf).some((block) => overlaps(block, hop)))
    .map(({ name }) => ({
      path: "gateway.addresses[0]",
      value: quote(address),
      rule: `pool ${name} still has it in the cluster, and MetalLB rejects pools that overlap`,
      fix: `do it in two steps: remove it from ${name} and run pulumi up, then write it here`,
    }));
}

/** Pulumi deletes removed resources last, so the new pool would overlap the removed one. */
function describeRemovedPool({ addresses }: PoolPlan, index: number, old: string): Finding {
  return {
    path: `pools[${index}].addresses`,
    value: quote(addresses.map(({ text }) => text)),
    rule: `takes over addresses of pool ${old}, which is no longer in the plan and is deleted last, and until then MetalLB rejects pools that overlap`,
    fix: `do it in two steps: leave out the addresses of ${old} and run pulumi up, then write it here`,
  };
}

function describeCycle(pools: readonly PoolPlan[], cyclic: readonly string[]): Finding[] {
  const index = pools.findIndex(({ name }) => name === cyclic[0]);
  if (index < 0) return [];
  return [
    {
      path: `pools[${index}].addresses`,
      value: quote(pools[index]?.addresses.map(({ text }) => text)),
      rule: `pools ${cyclic.join(", ")} exchange addresses, and MetalLB rejects pools that overlap`,
      fix: `do it in two steps: give ${cyclic[0]} other addresses and run pulumi up, then write it as it is here`,
    },
  ];
}
