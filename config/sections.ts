import { isCidr, type AddressBlock, type Ipv4 } from "./address/address";
import type { Mac } from "./address/mac";
import { pathText } from "./path";
import type { NamePlan } from "./plan";
import { recordOf } from "./route-list";
import type { StackConfig } from "./schema";

/** The valid sections of a configuration. Rules check only these, so that an invalid key does not hide other problems. */
export type Sections = Partial<StackConfig>;

/** An entry of a pool's addresses and its location. */
export interface PlacedAddress {
  readonly path: string;
  readonly pool: StackConfig["pools"][number];
  readonly block: AddressBlock;
}

export function placedAddresses({ pools = [] }: Sections): PlacedAddress[] {
  return pools.flatMap((pool, p) => pool.addresses.map((block, a) => ({ path: `pools[${p}].addresses[${a}]`, pool, block })));
}

/** Returns the next hops in the configuration with their locations; none for `auto`. */
export function gatewayAddresses({ gateway }: Sections): { path: string; address: Ipv4 }[] {
  const addresses = gateway?.addresses ?? [];
  return addresses.flatMap((address, index) => (address === "auto" ? [] : [{ path: `gateway.addresses[${index}]`, address }]));
}

/**
 * Returns the records of the routes in the router's list. In place of a next hop that is not known yet, they have the LAN's first address,
 * which is as short as any.
 */
export function recordsOf(sections: Sections): string[] {
  const { router, gateway } = sections;
  if (router === undefined || gateway === undefined) return [];
  const [address] = gateway.addresses;
  const hop = address === "auto" ? router.lan.network : address;
  return placedAddresses(sections).flatMap(({ pool, block }) =>
    pool.route && isCidr(block) ? [recordOf({ destination: block, gateway: hop, metric: router.metric })] : [],
  );
}

/** Returns the names and forwarded domains in the configuration, each sorted: the engine sorts keys too, so both write the same lines on a router. */
export function namesIn({ names = {}, domains = {} }: Sections): NamePlan[] {
  const sorted = (entries: Record<string, Ipv4>) => Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    ...sorted(names).map(([name, address]) => ({ name, address })),
    ...sorted(domains).map(([name, address]) => ({ name, address, forwarded: true as const })),
  ];
}

/** Returns the location of a name or forwarded domain. */
export const namePath = ({ name, forwarded }: NamePlan): string => pathText([forwarded === true ? "domains" : "names", name]);

/** A block that no pool may contain, with its owner and location. */
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

/** Returns all reserved blocks, with the addresses that the router reserves for nodes. */
export function reservedBlocks({ reserved, router }: Sections): Taken[] {
  const blocks = Object.entries(owners).flatMap(([kind, owner]) =>
    (reserved?.[kind as keyof typeof owners] ?? []).map((block, index) => ({ path: `reserved.${kind}[${index}]`, owner, block })),
  );
  const addresses = (router?.reservations ?? []).map(({ address }, index): Taken => ({
    path: `router.reservations[${index}].address`,
    owner: "which the router reserves for a node",
    block: { text: address, family: 4, first: address, last: address },
  }));
  return [...blocks, ...addresses];
}

/** An address that the router's DHCP server reserves, with its location. */
export interface PlacedReservation {
  /** The path of the address. */
  readonly path: string;
  readonly address: Ipv4;
  readonly mac?: Mac | undefined;
}

/** Returns the reserved addresses, the gateway's first; none for a gateway `auto`. */
export function placedReservations(sections: Sections): PlacedReservation[] {
  const { gateway, router } = sections;
  return [
    ...(gateway?.reserve === true ? gatewayAddresses(sections) : []),
    ...(router?.reservations ?? []).map((one, index) => ({ ...one, path: `router.reservations[${index}].address` })),
  ];
}
