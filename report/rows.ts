import { isCidr, toNumber, type AddressBlock, type Ipv4 } from "../config/address/address";
import { capacityOf } from "../config/address/capacity";
import type { Hop, OpenPlan, PoolPlan } from "../config/plan";

/** One line of the household's table of addresses: a network or range that a pool holds, or one that is free. */
export interface Row {
  readonly cidr: string;
  readonly inUse: boolean;
  /** The stack whose cluster has it. */
  readonly cluster?: string;
  readonly pool?: string;
  /** How many services can have an address of it. */
  readonly capacity: bigint;
  /** What stands in the router's form for it; absent where no route leads to it. */
  readonly form?: RouterForm;
}

/** The three values of the form for a static route on the router's web page, and its metric. */
export interface RouterForm {
  readonly network: Ipv4;
  readonly netmask: Ipv4;
  readonly gateway: Hop;
  readonly metric: number;
}

/** The table of all pools, in the order of their addresses; last the network that the next stack would get, where there is one. */
export function rowsOf(plans: readonly OpenPlan[], next?: AddressBlock): Row[] {
  const rows = plans
    .flatMap((plan) => plan.pools.flatMap((pool) => pool.addresses.map((block) => ({ block, row: rowOf(plan, pool, block) }))))
    .sort((one, other) => compare(one.block, other.block))
    .map(({ row }) => row);
  if (next === undefined) return rows;
  return [...rows, { cidr: next.text, inUse: false, capacity: capacityOf({ addresses: [next], avoidBuggyIPs: true }) }];
}

function compare(one: AddressBlock, other: AddressBlock): number {
  if (one.family !== other.family) return one.family - other.family;
  return toNumber(one.first) < toNumber(other.first) ? -1 : 1;
}

function rowOf({ stack, routes }: OpenPlan, { name, avoidBuggyIPs }: PoolPlan, block: AddressBlock): Row {
  const route = isCidr(block) ? routes.find(({ pool, destination }) => pool === name && destination.text === block.text) : undefined;
  const row = { cidr: block.text, inUse: true, cluster: stack, pool: name, capacity: capacityOf({ addresses: [block], avoidBuggyIPs }) };
  if (route === undefined) return row;
  const { destination, gateway, metric } = route;
  return { ...row, form: { network: destination.network, netmask: destination.netmask, gateway, metric } };
}

/** A count for people: whole up to a billion, and rounded beyond. */
export function countText(count: bigint): string {
  if (count < 10n ** 9n) return count.toLocaleString("en-US");
  const digits = count.toString();
  return `${digits.slice(0, 1)}.${digits.slice(1, 2)} × 10^${digits.length - 1}`;
}
