/** The components for other Pulumi programs, see docs/how-to/components.md. */
export { AddressPools, type AddressPoolsArgs, type AdvertisementArgs, type PoolArgs, type ReservedArgs } from "./address-pools";
export { ClusterNetwork, type ClusterNetworkArgs } from "./cluster-network";
export { LanRecords, type DomainArgs, type LanRecordsArgs, type NameArgs, type ReservationArgs } from "./lan-records";
export type { NetworkPreflight, RecordsPreflight, RoutesPreflight } from "./internal/preflight";
export { MetalLb, type MetalLbArgs } from "./metallb";
export { NextHop, type NextHopArgs } from "./next-hop";
export { Protection, type ProtectionArgs } from "./protection";
export { StaticRoutes, type RouteArgs, type RouteForm, type RouterArgs, type StaticRoutesArgs } from "./static-routes";
