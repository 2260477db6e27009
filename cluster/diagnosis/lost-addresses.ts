import { parseReserved } from "../../config/address/address";
import { overlaps } from "../../config/address/block";
import { isNextHop } from "../../config/next-hop";
import type { OpenPlan, Plan, PoolPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { withAddresses, type ClusterState, type ServiceState } from "./cluster-state";

/**
 * Names the services that have an address from a pool of the program which that pool does not hold any more: MetalLB takes it away with the edit, also
 * where another pool comes to hold it, since the one must let go of it first.
 */
export function findLosses(plan: OpenPlan, cluster: ClusterState): Finding | undefined {
  const { pools } = plan;
  const lost = losers(plan, cluster);
  if (lost.length === 0) return undefined;
  const names = lost.map(withAddresses).join(", ");
  return {
    path: "pools",
    value: quote(pools.flatMap(({ addresses }) => addresses.map(({ text }) => text))),
    rule: lost.length === 1 ? `1 service will lose its address: ${names}` : `${lost.length} services will lose their addresses: ${names}`,
    fix: "keep what they have in their pools, or expect new ones",
  };
}

/** Says of each protected pool what an edit would take from its services, and from those of the pool in whose place it comes. */
export function findProtected(plan: Plan, cluster: ClusterState): Finding[] {
  const lost = losers(plan, cluster);
  return plan.pools.flatMap((pool, index) => {
    const { name, protect } = pool;
    const isOfOld = (service: ServiceState) =>
      !plan.pools.some((one) => one.name === service.pool) && service.addresses.some((address) => holds(pool, address));
    const services = protect ? lost.filter((service) => service.pool === name || isOfOld(service)) : [];
    if (services.length === 0) return [];
    return {
      path: `pools[${index}].protect`,
      value: "true",
      rule: `services would lose what they have from it: ${services.map(withAddresses).join(", ")}`,
      fix: "keep the pool and these addresses in it, or set it to false for this edit",
    };
  });
}

/** The services with the addresses that they lose. */
function losers({ pools }: OpenPlan, cluster: ClusterState): ServiceState[] {
  const own = new Set([...pools.map(({ name }) => name), ...cluster.pools]);
  return (
    cluster.services
      // The floating next hop is the program's own, and goes when nothing needs it any more.
      .filter(({ pool }) => own.has(pool) && !isNextHop(pool))
      .map(({ name, pool, addresses }) => {
        const kept = pools.find((one) => one.name === pool);
        return { name, pool, addresses: addresses.filter((address) => kept === undefined || !holds(kept, address)) };
      })
      .filter(({ addresses }) => addresses.length > 0)
  );
}

/** Whether a service may keep an address by a pool: MetalLB takes away those ending in .0 and .255 where a pool has come to avoid them. */
function holds({ addresses, avoidBuggyIPs }: PoolPlan, address: string): boolean {
  const parsed = parseReserved(address);
  if (!parsed.ok || (avoidBuggyIPs && /\.(0|255)$/.test(address))) return false;
  return addresses.some((block) => overlaps(block, parsed.value));
}
