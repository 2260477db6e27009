import {
  broadcast,
  cidrOf,
  contains,
  isCidr,
  overlaps,
  toNumber,
  type AddressBlock,
  type Cidr,
  type Ipv4,
} from "../config/address/address";
import type { UnresolvedPlan } from "../config/plan";

const FIRST_POOL = "10.5.0.0" as Ipv4;

/** The assumed distance between the masters of two clusters, if only one next hop is known. */
const USUAL_STEP = 10n;

/**
 * Returns the network for the next stack: the first /24 of the /16 after the highest routed network (10.5.0.0/24, 10.6.0.0/24, then
 * 10.7.0.0/24), and within 192.168.0.0/16 the next /24. Skips the reserved blocks of all stacks. Returns undefined if the private range is
 * full.
 */
export function nextPool(plans: readonly UnresolvedPlan[]): Cidr | undefined {
  const networks = plans.flatMap(({ pools }) => pools.flatMap(({ addresses, route }) => (route ? addresses.filter(isCidr) : [])));
  const [highest] = networks.sort((one, other) => (toNumber(one.first) < toNumber(other.first) ? 1 : -1));
  const taken = plans.flatMap((plan) => [...addressesOf(plan), plan.router.lan]);
  const step = highest?.network.startsWith("192.168.") ? 2n ** 8n : 2n ** 16n;
  let candidate = cidrOf(highest === undefined ? FIRST_POOL : after(highest, step), 24);
  while (taken.some((block) => overlaps(block, candidate))) candidate = cidrOf(after(candidate, step), 24);
  return privateNetworks.some((network) => contains(network, candidate.first)) ? candidate : undefined;
}

/**
 * Returns the probable address of the next cluster's master: the highest next hop plus its distance from the one before (.11, .21, then
 * .31), or the first free address after that. Returns undefined if there is none, or no other stack.
 */
export function nextGateway(plans: readonly UnresolvedPlan[]): Ipv4 | undefined {
  const router = plans.at(-1)?.router;
  if (router === undefined) return undefined;
  const { lan } = router;
  const unusable = [lan.network, broadcast(lan), router.host];
  const taken = plans.flatMap(addressesOf);
  const used = plans
    .flatMap(({ gateway }) => (gateway.address === "auto" ? [] : toNumber(gateway.address)))
    .sort((one, other) => (one < other ? 1 : -1));
  const [highest = toNumber(lan.first), before = highest - USUAL_STEP] = used;
  for (const step of [highest - before, 1n]) {
    for (let value = highest + step; value < toNumber(lan.last); value += step) {
      const address = fromNumber(value);
      if (!unusable.includes(address) && !taken.some((block) => contains(block, address))) return address;
    }
  }
  return undefined;
}

/** Returns all blocks that a stack uses or reserves. */
function addressesOf({ pools, reserved, gateway }: UnresolvedPlan): AddressBlock[] {
  const { dhcp, nodes, pods, services, others } = reserved;
  const given = [dhcp, nodes, pods, services, others].flat();
  return [...pools.flatMap(({ addresses }) => addresses), ...given, ...(gateway.address === "auto" ? [] : [cidrOf(gateway.address, 32)])];
}

const privateNetworks = [cidrOf("10.0.0.0" as Ipv4, 8), cidrOf("172.16.0.0" as Ipv4, 12), cidrOf("192.168.0.0" as Ipv4, 16)];

/** Returns the first address of the next `step` addresses. */
function after({ last }: Cidr, step: bigint): Ipv4 {
  return fromNumber((toNumber(last) / step + 1n) * step);
}

function fromNumber(value: bigint): Ipv4 {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".") as Ipv4;
}
