import { isCidr, toNumber, type AddressBlock, type Ipv4 } from "../config/address/address";
import { capacityOf } from "../config/address/capacity";
import type { Hop, UnresolvedPlan, PoolPlan } from "../config/plan";

/** A row of the household's address table: a block of a pool, or a free one. */
export interface Row {
  readonly cidr: string;
  readonly inUse: boolean;
  /** The stack whose cluster uses the block. */
  readonly cluster?: string;
  readonly pool?: string;
  /** The number of services that can get an address of the block. */
  readonly capacity: bigint;
  /** The values of the router's form; undefined if the block has no route. */
  readonly form?: RouterForm;
}

/** The values of a static route in the form on the router's web page. */
export interface RouterForm {
  readonly network: Ipv4;
  readonly netmask: Ipv4;
  readonly gateway: Hop;
  readonly metric: number;
}

/** Returns a row for each block of the pools, sorted by address, and last the network for the next stack, if any. */
export function rowsOf(plans: readonly UnresolvedPlan[], next?: AddressBlock): Row[] {
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

function rowOf({ stack, routes }: UnresolvedPlan, { name, avoidBuggyIPs }: PoolPlan, block: AddressBlock): Row {
  const route = isCidr(block) ? routes.find(({ pool, destination }) => pool === name && destination.text === block.text) : undefined;
  const row = { cidr: block.text, inUse: true, cluster: stack, pool: name, capacity: capacityOf({ addresses: [block], avoidBuggyIPs }) };
  if (route === undefined) return row;
  const { destination, gateway, metric } = route;
  return { ...row, form: { network: destination.network, netmask: destination.netmask, gateway, metric } };
}

/** Formats a count: exact up to a billion, and rounded above. */
export function countText(count: bigint): string {
  if (count < 10n ** 9n) return count.toLocaleString("en-US");
  const digits = count.toString();
  return `${digits.slice(0, 1)}.${digits.slice(1, 2)} × 10^${digits.length - 1}`;
}
