import { parseReserved } from "../../config/address/address";
import { isBuggy, overlaps } from "../../config/address/block";
import { isNextHop } from "../../config/next-hop";
import type { UnresolvedPlan, Plan, PoolPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";
import { withAddresses, type ClusterState, type ServiceState } from "./cluster-state";

/**
 * Reports services whose address is not in their pool any more. MetalLB takes such an address away even if another pool gets it, because
 * the first pool must release it before.
 */
export function findLosses(plan: UnresolvedPlan, cluster: ClusterState): Finding | undefined {
  const { pools } = plan;
  const lost = findLosingServices(plan, cluster);
  if (lost.length === 0) return undefined;
  const names = lost.map(withAddresses).join(", ");
  return {
    path: "pools",
    value: quote(pools.flatMap(({ addresses }) => addresses.map(({ text }) => text))),
    rule: lost.length === 1 ? `1 service will lose its address: ${names}` : `${lost.length} services will lose their addresses: ${names}`,
    fix: "keep what they have in their pools, or expect new ones",
  };
}

/** Reports for each protected pool which addresses an edit would take from services of this pool, or of a pool that this one replaces. */
export function findProtected(plan: Plan, cluster: ClusterState): Finding[] {
  const lost = findLosingServices(plan, cluster);
  return plan.pools.flatMap((pool, index) => {
    const { name, protect } = pool;
    const isFromPreviousPlan = (service: ServiceState) =>
      !plan.pools.some((one) => one.name === service.pool) && service.addresses.some((address) => holds(pool, address));
    const services = protect ? lost.filter((service) => service.pool === name || isFromPreviousPlan(service)) : [];
    if (services.length === 0) return [];
    return {
      path: `pools[${index}].protect`,
      value: "true",
      rule: `services would lose what they have from it: ${services.map(withAddresses).join(", ")}`,
      fix: "keep the pool and these addresses in it, or set it to false for this edit",
    };
  });
}

/** Returns the services that lose an address, with the lost addresses. */
function findLosingServices({ pools }: UnresolvedPlan, cluster: ClusterState): ServiceState[] {
  const own = new Set([...pools.map(({ name }) => name), ...cluster.pools]);
  return (
    cluster.services
      // The service of the floating next hop belongs to the program, and no client uses it.
      .filter(({ pool }) => own.has(pool) && !isNextHop(pool))
      .map(({ name, pool, addresses }) => {
        const planned = pools.find((one) => one.name === pool);
        return { name, pool, addresses: addresses.filter((address) => planned === undefined || !holds(planned, address)) };
      })
      .filter(({ addresses }) => addresses.length > 0)
  );
}

/** Whether a pool keeps an address assigned. MetalLB takes .0 and .255 away if the pool now avoids them. */
function holds({ addresses, avoidBuggyIPs }: PoolPlan, address: string): boolean {
  const parsed = parseReserved(address);
  if (!parsed.ok || (avoidBuggyIPs && isBuggy(address))) return false;
  return addresses.some((block) => overlaps(block, parsed.value));
}
