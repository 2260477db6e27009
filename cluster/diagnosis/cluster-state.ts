import { FORMER_MASTER_LABEL, MASTER_LABEL } from "../../config/node-labels";
import type { KubeObject } from "../manifests/kube-object";
import type { Taint } from "../manifests/taints";

/** The state of a cluster that the checks compare with the plan. */
export interface ClusterState {
  readonly nodes: readonly NodeState[];
  /** The services with an address from MetalLB. */
  readonly services: readonly ServiceState[];
  /** The names of MetalLB's pools that a Pulumi program created. */
  readonly pools: readonly string[];
}

/** A node of the cluster. */
export interface NodeState {
  readonly name: string;
  /** The node's addresses of type `InternalIP`. */
  readonly addresses: readonly string[];
  /** The node's addresses of type `ExternalIP`; left out if there are none. */
  readonly externalAddresses?: readonly string[];
  readonly isMaster: boolean;
  readonly isReady: boolean;
}

/** A service with an address from a pool. */
export interface ServiceState {
  /** The namespace and the name, such as `demo/whoami`. */
  readonly name: string;
  readonly addresses: readonly string[];
  /** The name of the pool. */
  readonly pool: string;
  /** The service's `spec.loadBalancerClass`; left out if it has none. */
  readonly loadBalancerClass?: string;
}

/** The namespace and the name of an object. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** A node with everything by which MetalLB decides whether the node's speaker announces. */
export interface SurveyNode extends NodeState {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Whether the node has the condition `NetworkUnavailable`. */
  readonly isNetworkUnavailable: boolean;
}

/** Addresses that the cluster itself uses. */
export interface UsedBlock {
  /** `nodes`, `pods` and `services` are also the keys of `reserved` in a stack file. */
  readonly kind: "nodes" | "pods" | "services";
  /** An address or a network. */
  readonly text: string;
  /** What uses it, such as `the pod network of node m1`. */
  readonly owner: string;
  /** Whether the cluster takes parts of it only as it grows, so that a pool in it may work for long. @default false */
  readonly isReserve?: boolean;
}

/** The state of a cluster that the preflight reads before anything changes. */
export interface Survey extends ClusterState {
  readonly nodes: readonly SurveyNode[];
  /** The phase of MetalLB's namespace, or `missing`. */
  readonly namespace: "missing" | "Active" | "Terminating";
  /** The webhook configurations that belong to MetalLB, by their names and the names of their webhooks. */
  readonly webhooks: readonly WebhookState[];
  /** The names of MetalLB's CRDs, such as `ipaddresspools.metallb.io`. */
  readonly crds: readonly string[];
  /** MetalLB's pools and advertisements in all namespaces. */
  readonly objects: readonly MetalLbObject[];
  /** The namespaces of all running speakers, one for each MetalLB. */
  readonly speakers: readonly string[];
  /** The nodes with a ready speaker in MetalLB's namespace; undefined if MetalLB is not installed or the user may not list its pods. */
  readonly readySpeakers: readonly string[] | undefined;
  /** Other controllers that may assign addresses to services. */
  readonly conflictingControllers: readonly ConflictingController[];
  /** Whether kube-proxy runs in IPVS mode without strictARP. */
  readonly lacksStrictArp: boolean;
  /** Services of type LoadBalancer with `externalTrafficPolicy: Local`, and the nodes with a ready endpoint of each. */
  readonly localServices: readonly LocalService[];
  /** The addresses of nodes, pods and services, as far as the user may see them. */
  readonly used: readonly UsedBlock[];
  /** The version of the running controller's chart; undefined if none runs, or if it was installed without a chart. */
  readonly chart: string | undefined;
  /** The services whose annotations have MetalLB's former prefix. */
  readonly formerAnnotations: readonly AnnotatedService[];
  /** The class that the running controller of MetalLB handles; empty for services without a class; undefined if none runs. */
  readonly handledClass: string | undefined;
}

/** A ValidatingWebhookConfiguration of MetalLB. */
export interface WebhookState {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The service that the webhook calls. */
  readonly service: Place;
  readonly serviceExists: boolean;
}

/** A pool or an advertisement in the cluster. */
export interface MetalLbObject extends Place {
  readonly kind: "IPAddressPool" | "L2Advertisement";
  /** The addresses of a pool; empty for an advertisement. */
  readonly addresses: readonly string[];
  /** The field manager that last wrote the spec. */
  readonly manager: string;
  readonly object: KubeObject;
}

/** Another controller for services of type LoadBalancer. */
export interface ConflictingController {
  readonly kind: "servicelb" | "kube-vip" | "cilium";
  /** The objects that show that the controller runs. */
  readonly evidence: readonly string[];
}

/** A service with annotations for MetalLB. */
export interface AnnotatedService extends Place {
  /** The names after the prefix, such as `address-pool`. */
  readonly annotations: readonly string[];
}

/** A service that answers only on nodes with an endpoint. */
export interface LocalService {
  /** The namespace and the name. */
  readonly name: string;
  readonly nodes: readonly string[];
}

/** Whether a node has an address, whatever the address's type. */
export function hasAddress({ addresses, externalAddresses = [] }: NodeState, address: string): boolean {
  return addresses.includes(address) || externalAddresses.includes(address);
}

/** Whether a node with these labels is a master. */
export function isMaster(labels: Readonly<Record<string, string>>): boolean {
  return MASTER_LABEL in labels || FORMER_MASTER_LABEL in labels;
}

/** Formats a name and its addresses as `web/shop (10.5.0.1)`. */
export function withAddresses({ name, addresses }: Pick<NodeState, "name" | "addresses">): string {
  return `${name} (${addresses.join(", ")})`;
}
