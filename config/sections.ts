import type { AddressBlock, Ipv4 } from "./address/address";
import type { StackConfig } from "./schema";

/** What of a configuration parsed. Rules look only at what is there, so that one bad key does not hide the problems of the others. */
export type Sections = Partial<StackConfig>;

/** An entry of a pool's addresses, and where it stands. */
export interface PlacedAddress {
  readonly path: string;
  readonly pool: StackConfig["pools"][number];
  readonly block: AddressBlock;
}

export function placedAddresses({ pools = [] }: Sections): PlacedAddress[] {
  return pools.flatMap((pool, p) => pool.addresses.map((block, a) => ({ path: `pools[${p}].addresses[${a}]`, pool, block })));
}

/** The next hops that the file names, each with its place; none where the cluster is asked. */
export function gatewayAddresses({ gateway }: Sections): { path: string; address: Ipv4 }[] {
  const addresses = gateway?.addresses ?? [];
  return addresses.flatMap((address, index) => (address === "auto" ? [] : [{ path: `gateway.addresses[${index}]`, address }]));
}

/** Something that no pool may hold: whose it is, and where it stands. */
export interface Taken {
  readonly path: string;
  readonly owner: string;
  readonly block: AddressBlock;
}

const owners = {
  dhcp: "what the router hands out by DHCP",
  nodes: "where the cluster's nodes are",
  pods: "the cluster's pod network",
  services: "the cluster's own service network",
  others: "set aside for something else",
} as const;

/** All that is set aside for others. */
export function reservedBlocks({ reserved }: Sections): Taken[] {
  if (reserved === undefined) return [];
  return Object.entries(owners).flatMap(([kind, owner]) =>
    reserved[kind as keyof typeof owners].map((block, index) => ({ path: `reserved.${kind}[${index}]`, owner, block })),
  );
}

/** Every pair once, the later one first. */
export function pairs<T>(items: readonly T[]): [later: T, earlier: T][] {
  return items.flatMap((later, index) => items.slice(0, index).map((earlier): [T, T] => [later, earlier]));
}
