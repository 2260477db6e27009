import type { Cidr, Ipv4 } from "./address";

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
  readonly advertisement: AdvertisementPlan;
  readonly gateway: GatewayPlan;
  readonly router: RouterPlan;
  /** One per network of a pool, in the order of the stack file. */
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
  /** Helm values of the user, merged over the program's. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A pool of addresses for services of type LoadBalancer. */
export interface PoolPlan {
  readonly name: string;
  readonly addresses: readonly Cidr[];
  /** Whether services get an address from it without asking for the pool by name. */
  readonly autoAssign: boolean;
  /** Whether addresses ending in .0 and .255, which some devices mishandle, stay unused. */
  readonly avoidBuggyIPs: boolean;
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

/** Which nodes answer for the pools' addresses. */
export interface AdvertisementPlan {
  /** A node that matches any of these announces. */
  readonly nodeSelectors: readonly LabelSelector[];
}

/** Where the router sends the pools' traffic. */
export interface GatewayPlan {
  /** `node`: the address of one master node. */
  readonly mode: "node";
  readonly address: Ipv4;
}

/** Which router, and how it is addressed. Its credentials travel apart: see {@link RouterCredentials}. */
export interface RouterPlan {
  readonly host: string;
  /** SSH port. */
  readonly port: number;
  readonly user: string;
  /** The network on the router's LAN bridge. */
  readonly lan: Cidr;
  /** As on the router's form, 0 to 999; the kernel's metric is one more. */
  readonly metric: number;
  /** Such as `ssh-ed25519 AAAA...`; without it any host key is accepted. */
  readonly hostKey?: string;
}

/** Secrets, and the path to one. */
export interface RouterCredentials {
  readonly password?: string;
  readonly privateKey?: string;
  /** May start with `~/`. */
  readonly privateKeyFile?: string;
}

/** One record of the router's rule list, in the values of its form. */
export interface Route {
  readonly destination: Cidr;
  readonly gateway: Ipv4;
  /** As on the router's form. */
  readonly metric: number;
}
