import type { AddressBlock, Cidr, Ipv4 } from "./address/address";
import type { Mac } from "./address/mac";

/**
 * The plan of one stack: the content of its stack file with all defaults, after all rules were checked. It contains no secrets, so it can
 * be printed, drawn and compared.
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
  /** The names that the router's DNS server resolves, and the domains that it forwards. */
  readonly names: readonly NamePlan[];
  /** One route for each network of a routed pool, in the order of the stack file. */
  readonly routes: readonly Route[];
}

/** The cluster of a stack. */
export interface ClusterPlan {
  /** The cluster's name, which identifies the cluster to Pulumi. Changing it replaces every resource in the cluster. */
  readonly name: string;
  /** The context in the kubeconfig. */
  readonly context: string;
}

/** The MetalLB of a cluster. */
export interface MetalLbPlan {
  /** The exact version of the chart, such as `0.16.2`. */
  readonly version: string;
  /** A chart's name, an `oci://` address, or a path. */
  readonly chart: string;
  /** The Helm repository; set only if the chart is given by name. */
  readonly repository?: string;
  /** The only digest that the chart's archive may have, such as `sha256:…`; undefined if it may have any. */
  readonly digest?: string;
  readonly namespace: string;
  /** How long MetalLB may take to become ready, in seconds. After that the install or upgrade fails. */
  readonly timeout: number;
  /** The interval in seconds at which speakers repeat the announcement of every address; undefined if they do not. */
  readonly gratuitousARPInterval?: number;
  /** The user's Helm values, merged over the program's. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A pool of addresses for services of type LoadBalancer. */
export interface PoolPlan {
  /** The name of the object in the cluster, unique within the stack. */
  readonly name: string;
  /** Networks and ranges, IPv4 or IPv6. A routed pool has only IPv4 networks. */
  readonly addresses: readonly AddressBlock[];
  /** Whether MetalLB may give an address of this pool to a service that does not name the pool. */
  readonly autoAssign: boolean;
  /** Whether MetalLB leaves addresses that end in .0 or .255 unused. Some devices mishandle them. */
  readonly avoidBuggyIPs: boolean;
  /** Whether to refuse an edit that takes an address of this pool from a service. */
  readonly protect: boolean;
  /** Whether the router gets a static route to the pool. A pool on the LAN needs none. */
  readonly route: boolean;
  /** The services that may get an address of this pool; undefined for any service. */
  readonly serviceAllocation?: ServiceAllocation;
}

/** The services that may get an address of a pool, as in MetalLB's `spec.serviceAllocation`. */
export interface ServiceAllocation {
  /** The priority: 1 is the highest. A pool without a priority comes last. */
  readonly priority?: number;
  /** The namespaces of the services. */
  readonly namespaces?: readonly string[];
  /** Selectors for the namespaces of the services. */
  readonly namespaceSelectors?: readonly LabelSelector[];
  /** Selectors for the services. */
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

/** Pools, and the nodes and interfaces that announce their addresses. */
export interface AdvertisementPlan {
  /** The name of the object in the cluster. */
  readonly name: string;
  /** The names of the pools, at least one. */
  readonly pools: readonly string[];
  /** The nodes that announce: each node that matches one of these selectors. */
  readonly nodeSelectors: readonly LabelSelector[];
  /** The network interfaces on which the nodes announce; empty for all interfaces. */
  readonly interfaces: readonly string[];
  /** The services whose addresses are announced: each that matches one of these selectors; undefined for all. */
  readonly serviceSelectors?: readonly LabelSelector[];
  /** The nodes that announce rather than others. */
  readonly preferredNodeSelectors?: readonly PreferredNodes[];
}

/** Nodes that announce rather than others, if they can. */
export interface PreferredNodes {
  /** From 1 to 100. The weights of a node add up; the node with the greatest sum announces. */
  readonly weight: number;
  readonly preference: LabelSelector;
}

/** The router's next hop. With `auto`, the program chooses a Ready master of the cluster. */
export type Hop = Ipv4 | "auto";

/** The plan as in the stack file; its next hop may still be `auto`. */
export interface UnresolvedPlan extends Omit<Plan, "gateway" | "routes"> {
  readonly gateway: GatewayPlan<Hop>;
  readonly routes: readonly Route<Hop>[];
}

/** Returns the plan with this next hop instead of `auto`. */
export function withNextHop(plan: UnresolvedPlan, address: Ipv4): Plan {
  const { gateway, routes } = plan;
  if (gateway.address !== "auto") return plan as Plan;
  return { ...plan, gateway: { ...gateway, address }, routes: routes.map((route) => ({ ...route, gateway: address })) };
}

/** Whether a plan's next hop is known. */
export const hasNextHop = (plan: UnresolvedPlan): plan is Plan => plan.gateway.address !== "auto";

/** The next hop of the router's routes. */
export interface GatewayPlan<Address = Ipv4> {
  /** `node`: one master has the address. `floating`: MetalLB announces it. `external`: another tool keeps it available. */
  readonly mode: "node" | "floating" | "external";
  readonly address: Address;
  /** Whether it is an error, and not a warning, if in mode `node` no Ready master has the address. */
  readonly mustBeMaster: boolean;
  /** Whether the router's DHCP server reserves the address for its node. Only in mode `node`. */
  readonly reserve: boolean;
}

/** Addresses in use elsewhere, which no pool may contain. */
export interface ReservedPlan {
  /** Addresses that the router gives out by DHCP. */
  readonly dhcp: readonly AddressBlock[];
  /** Addresses of the cluster's nodes. */
  readonly nodes: readonly AddressBlock[];
  /** The cluster's pod networks. */
  readonly pods: readonly AddressBlock[];
  /** The cluster's service networks. */
  readonly services: readonly AddressBlock[];
  /** Other addresses in use, such as a guest network or a VPN. */
  readonly others: readonly AddressBlock[];
}

/** The router. Its credentials are not part of the plan: see {@link RouterCredentials}. */
export interface RouterPlan {
  /** `asus`: ASUS firmware, stock or Merlin. `manual`: the user enters the routes by hand. */
  readonly type: "asus" | "manual";
  readonly host: string;
  /** The SSH port. */
  readonly port: number;
  /** The user name of the router's web page. Set unless the type is `manual`. */
  readonly user?: string;
  /** The network on the router's LAN bridge. */
  readonly lan: Cidr;
  /** The metric as on the router's form, 0 to 999. The kernel's metric is one more. */
  readonly metric: number;
  /** The SSH host key, such as `ssh-ed25519 AAAA...`. */
  readonly hostKey?: string;
  /** Whether to accept any host key if none is pinned. */
  readonly acceptAnyHostKey: boolean;
  /** Whether the stack adopts routes that exist on the router already and are exactly as planned. */
  readonly adopt: boolean;
  /** Whether the stack may switch static routes on if that also activates unmanaged records. */
  readonly enableDormant: boolean;
  /** The addresses that the router's DHCP server reserves for nodes, without the gateway's. */
  readonly reservations: readonly ReservationPlan[];
  /** Whether to read the router's routes and reservations, so that a preview shows differences and `up` repairs them. */
  readonly observe: boolean;
}

/** An address that the router's DHCP server gives to one node only. */
export interface ReservationPlan {
  readonly address: Ipv4;
  /** The node's hardware address; undefined if it is the one that the router sees. */
  readonly mac?: Mac | undefined;
}

/** A name that the router's DNS server resolves, or a domain that it forwards to another DNS server. */
export interface NamePlan {
  readonly name: string;
  /** The address of the name's service, or of the DNS server. */
  readonly address: Ipv4;
  /** Set if it is a domain. */
  readonly forwarded?: true;
}

/** The router's credentials, at least one of them. */
export interface RouterCredentials {
  readonly password?: string;
  readonly privateKey?: string;
  /** The path of a private key; may start with `~/`. */
  readonly privateKeyFile?: string;
  /** Whether to log in with a key of the SSH agent at SSH_AUTH_SOCK. */
  readonly agent?: true;
}

/** A record of the router's list, with the values of its form. */
export interface RouteRecord<Gateway = Ipv4> {
  readonly destination: Cidr;
  readonly gateway: Gateway;
  /** The metric as on the router's form. */
  readonly metric: number;
}

/** A static route to a network of a pool. */
export interface Route<Gateway = Ipv4> extends RouteRecord<Gateway> {
  /** The name of the pool. Another stack may have a pool of the same name. */
  readonly pool: string;
}
