import { broadcast, cidrOf, contains, isCidr, isIpv4, toNumber, type AddressBlock, type Cidr, type Ipv4 } from "../config/address/address";
import type { Hop, UnresolvedPlan } from "../config/plan";

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
  const start = highest === undefined ? toNumber(FIRST_POOL) : (toNumber(highest.last) / step + 1n) * step;
  const first = firstFree({ start, step, width: 2n ** 8n, end: LAST_IPV4 }, taken);
  const candidate = first === undefined ? undefined : cidrOf(fromNumber(first), 24);
  return candidate !== undefined && privateNetworks.some((network) => contains(network, candidate.first)) ? candidate : undefined;
}

/**
 * Returns the next hop for the next stack, whose router is that of the last one: `auto` if the last stack has it too, or the highest next hop
 * of that LAN plus its distance from the one before (.11, .21, then .31), or the first free address after that. Returns undefined if there is
 * none, or no other stack.
 */
export function nextGateway(plans: readonly UnresolvedPlan[]): Hop | undefined {
  const last = plans.at(-1);
  if (last === undefined || last.gateway.address === "auto") return last?.gateway.address;
  const { lan } = last.router;
  const routers = plans.flatMap(({ router: { host } }) => (isIpv4(host) ? [cidrOf(host, 32)] : []));
  const taken = [...plans.flatMap(addressesOf), ...routers, cidrOf(broadcast(lan), 32)];
  const used = plans
    .flatMap(({ gateway: { address } }) => (address === "auto" || !contains(lan, address) ? [] : [toNumber(address)]))
    .sort((one, other) => (one < other ? 1 : -1));
  const [highest = toNumber(lan.first), before = highest - USUAL_STEP] = used;
  for (const step of [highest - before, 1n]) {
    const free = firstFree({ start: highest + step, step, width: 1n, end: toNumber(lan.last) }, taken);
    if (free !== undefined) return fromNumber(free);
  }
  return undefined;
}

/** Candidates at equal distances: the first one, their distance, the addresses of each, and the last address. */
interface Candidates {
  readonly start: bigint;
  readonly step: bigint;
  readonly width: bigint;
  readonly end: bigint;
}

/** Returns the first address of the first candidate without a taken IPv4 address. Passes each block once, however many addresses it has. */
function firstFree({ start, step, width, end }: Candidates, taken: readonly AddressBlock[]): bigint | undefined {
  const spans = taken.filter(({ family }) => family === 4).map(({ first, last }) => [toNumber(first), toNumber(last)] as const);
  let candidate = start;
  for (const [first, last] of spans.sort(([one], [other]) => Number(one - other))) {
    if (first >= candidate + width) break;
    if (last >= candidate) candidate = start + ((last - start) / step + 1n) * step;
  }
  return candidate + width - 1n <= end ? candidate : undefined;
}

const LAST_IPV4 = 2n ** 32n - 1n;

/** Returns all blocks that a stack uses or reserves. */
function addressesOf({ pools, reserved, gateway, router }: UnresolvedPlan): AddressBlock[] {
  const { dhcp, nodes, pods, services, others } = reserved;
  const nodesOfRouter = router.reservations.map(({ address }) => cidrOf(address, 32));
  const given = [dhcp, nodes, pods, services, others].flat();
  return [
    ...pools.flatMap(({ addresses }) => addresses),
    ...given,
    ...nodesOfRouter,
    ...(gateway.address === "auto" ? [] : [cidrOf(gateway.address, 32)]),
  ];
}

const privateNetworks = [cidrOf("10.0.0.0" as Ipv4, 8), cidrOf("172.16.0.0" as Ipv4, 12), cidrOf("192.168.0.0" as Ipv4, 16)];

function fromNumber(value: bigint): Ipv4 {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".") as Ipv4;
}
