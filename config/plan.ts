import type { AddressBlock, Cidr, Ipv4 } from "./address/address";

/**
 * The plan of one stack: what its stack file asks for, with every default filled in and every rule held. It carries no secret, so it may be
 * printed, drawn and compared.
 */
export interface Plan {
  /** The stack's name, such as `lab-dev`. */
  readonly stack: string;
  readonly cluster: ClusterPlan;
  readonly metallb: MetalLbPlan;
  readonly pools: readonly PoolPlan[];
  readonly advertisements: readonly AdvertisementPlan[];
  readonly gateway: GatewayPlan;
  readonly router: RouterPlan;
  readonly reserved: ReservedPlan;
  /** One per network of a routed pool, in the order of the stack file. */
  readonly routes: readonly Route[];
}

/** Which cluster, and how to reach it. */
export interface ClusterPlan {
  /** Identifies the cluster to Pulumi: only a change of this name means another cluster. */
  readonly name: string;
  /** A context of the kubeconfig. */
  readonly context: string;
}

/** Which MetalLB, and where. */
export interface MetalLbPlan {
  /** Exact chart version, such as `0.15.3`. */
  readonly version: string;
  /** A chart's name, an `oci://` address, or a path. */
  readonly chart: string;
  /** Only with a chart's name. */
  readonly repository?: string;
  readonly namespace: string;
  /** How long MetalLB has to become ready, in seconds; after that an install or upgrade fails. */
  readonly timeout: number;
  /** Helm values of the user, merged over the program's. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A pool of addresses for services of type LoadBalancer. */
export interface PoolPlan {
  /** The name of its object in the cluster: unique within the stack, and not across stacks. */
  readonly name: string;
  /** Networks and ranges, IPv4 or IPv6; only networks of IPv4 where the pool is routed. */
  readonly addresses: readonly AddressBlock[];
  /** Whether services get an address from it without asking for the pool by name. */
  readonly autoAssign: boolean;
  /** Whether addresses ending in .0 and .255, which some devices mishandle, stay unused. */
  readonly avoidBuggyIPs: boolean;
  /** Whether an edit is refused that takes an address of it from a service. */
  readonly protect: boolean;
  /** Whether the router gets a static route to it. Without one, it may lie on the LAN. */
  readonly route: boolean;
  /** Which services may have an address of it; any, where this is absent. */
  readonly serviceAllocation?: ServiceAllocation;
}

/** Who may have a pool's addresses, as MetalLB's `spec.serviceAllocation`. */
export interface ServiceAllocation {
  /** From 1, the highest; without one, a pool comes last. */
  readonly priority?: number;
  /** Services of these namespaces. */
  readonly namespaces?: readonly string[];
  /** Services of namespaces with these labels. */
  readonly namespaceSelectors?: readonly LabelSelector[];
  /** Services with these labels. */
  readonly serviceSelectors?: readonly LabelSelector[];
}

/** A Kubernetes label selector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelRequirement[];
}

/** One requirement of a label selector. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

/** Which nodes answer for some pools' addresses, and where. */
export interface AdvertisementPlan {
  /** The name of its object in the cluster. */
  readonly name: string;
  /** The names of the pools: never empty. */
  readonly pools: readonly string[];
  /** A node that matches any of these announces. */
  readonly nodeSelectors: readonly LabelSelector[];
  /** The nodes' network interfaces that announce; all, where the list is empty. */
  readonly interfaces: readonly string[];
}

/** The router's next hop, or `auto` where the cluster is asked which of its masters has it. */
export type Hop = Ipv4 | "auto";

/** A plan as its stack file has it, in which the next hop may be open still. */
export interface OpenPlan extends Omit<Plan, "gateway" | "routes"> {
  readonly gateway: GatewayPlan<Hop>;
  readonly routes: readonly Route<Hop>[];
}

/** The plan with its next hop, where that was open. */
export function withNextHop(plan: OpenPlan, address: Ipv4): Plan {
  const { gateway, routes } = plan;
  if (gateway.address !== "auto") return plan as Plan;
  return { ...plan, gateway: { ...gateway, address }, routes: routes.map((route) => ({ ...route, gateway: address })) };
}

/** Whether a plan's next hop is known. */
export const hasNextHop = (plan: OpenPlan): plan is Plan => plan.gateway.address !== "auto";

/** Where the router sends the pools' traffic. */
export interface GatewayPlan<Address = Ipv4> {
  /** `node`: one master has the address. `floating`: MetalLB announces it. `external`: something else keeps it. */
  readonly mode: "node" | "floating" | "external";
  readonly address: Address;
  /** Whether it is an error, and not just a warning, when in mode `node` no Ready master of the cluster has the address. */
  readonly mustBeMaster: boolean;
}

/** Addresses that are given away already, so that no pool may hold one of them. */
export interface ReservedPlan {
  /** What the router hands out by DHCP. */
  readonly dhcp: readonly AddressBlock[];
  /** Nodes of the cluster. */
  readonly nodes: readonly AddressBlock[];
  /** The cluster's pod networks. */
  readonly pods: readonly AddressBlock[];
  /** The cluster's service networks. */
  readonly services: readonly AddressBlock[];
  /** Anything else: a guest network, a VPN. */
  readonly others: readonly AddressBlock[];
}

/** Which router, and how it is addressed. Its credentials travel apart: see {@link RouterCredentials}. */
export interface RouterPlan {
  /** `asus`: ASUS firmware, stock or Merlin. `manual`: somebody enters the routes by hand. */
  readonly type: "asus" | "manual";
  readonly host: string;
  /** SSH port. */
  readonly port: number;
  /** Always there but for type `manual`. */
  readonly user?: string;
  /** The network on the router's LAN bridge. */
  readonly lan: Cidr;
  /** As on the router's form, 0 to 999; the kernel's metric is one more. */
  readonly metric: number;
  /** Such as `ssh-ed25519 AAAA...`. */
  readonly hostKey?: string;
  /** Whether any host key is taken where none is pinned. */
  readonly acceptAnyHostKey: boolean;
  /** Whether routes that are there already, exactly as planned, become the stack's. */
  readonly adopt: boolean;
  /** Whether switching static routes on may bring records of others to life. */
  readonly enableDormant: boolean;
  /** Whether the router is asked how its routes stand, so that a preview shows and `up` mends what differs. */
  readonly observe: boolean;
}

/** Secrets, and where to find one: at least one of them is there. */
export interface RouterCredentials {
  readonly password?: string;
  readonly privateKey?: string;
  /** May start with `~/`. */
  readonly privateKeyFile?: string;
  /** The SSH agent at SSH_AUTH_SOCK has the key. */
  readonly agent?: true;
}

/** One record of the router's rule list, in the values of its form. */
export interface RouteRecord<Gateway = Ipv4> {
  readonly destination: Cidr;
  readonly gateway: Gateway;
  /** As on the router's form. */
  readonly metric: number;
}

/** The static route to a network of a pool. */
export interface Route<Gateway = Ipv4> extends RouteRecord<Gateway> {
  /** The name of the pool that it leads to. Another stack may have a pool of the same name. */
  readonly pool: string;
}
