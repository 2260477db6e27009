import { FORMER_MASTER_LABEL, MASTER_LABEL } from "../../config/node-labels";
import type { Taint } from "../manifests/taints";

/** What a cluster says of itself, as far as a plan can be held against it. */
export interface ClusterState {
  readonly nodes: readonly NodeState[];
  /** The services that MetalLB gave an address. */
  readonly services: readonly ServiceState[];
  /** The names of MetalLB's pools that a Pulumi program made. */
  readonly pools: readonly string[];
}

/** A node of the cluster. */
export interface NodeState {
  readonly name: string;
  /** The addresses that the cluster knows it by (`InternalIP`). */
  readonly addresses: readonly string[];
  readonly isMaster: boolean;
  readonly isReady: boolean;
}

/** A service with an address from a pool. */
export interface ServiceState {
  /** With its namespace: `demo/whoami`. */
  readonly name: string;
  readonly addresses: readonly string[];
  /** The pool's name. */
  readonly pool: string;
}

/** An object's place in a cluster. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** A node with its labels, by which advertisements select, and its taints. */
export interface SurveyNode extends NodeState {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** All that is asked of a cluster before anything in it is touched. */
export interface Survey extends ClusterState {
  readonly nodes: readonly SurveyNode[];
  /** Of MetalLB's namespace: `missing`, or the phase that it is in. */
  readonly namespace: "missing" | "Active" | "Terminating";
  /** The webhook configurations that are MetalLB's by their names and by those of their webhooks. */
  readonly webhooks: readonly WebhookState[];
  /** The names of MetalLB's kinds, such as `ipaddresspools.metallb.io`. */
  readonly crds: readonly string[];
  /** MetalLB's pools and advertisements, of all namespaces. */
  readonly objects: readonly MetalLbObject[];
  /** Every MetalLB that runs, by the namespace of its speakers. */
  readonly speakers: readonly string[];
  /** The nodes on which a speaker in MetalLB's namespace is ready; undefined where there is no MetalLB yet, or the user may not see its pods. */
  readonly readySpeakers: readonly string[] | undefined;
  /** The others that may give addresses to services. */
  readonly conflictingControllers: readonly ConflictingController[];
  /** Whether kube-proxy is in IPVS mode without strictARP. */
  readonly answersAllArp: boolean;
  /** Services of type LoadBalancer with `externalTrafficPolicy: Local`, and the nodes that have a ready endpoint of each. */
  readonly localServices: readonly LocalService[];
}

/** A ValidatingWebhookConfiguration of MetalLB's. */
export interface WebhookState {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Who answers for it. */
  readonly service: Place;
  readonly serviceExists: boolean;
}

/** A pool or an advertisement that is in the cluster. */
export interface MetalLbObject extends Place {
  readonly kind: "IPAddressPool" | "L2Advertisement";
  /** Only of a pool. */
  readonly addresses: readonly string[];
  /** Who wrote its spec last: a field manager's name. */
  readonly manager: string;
}

/** Another controller for services of type LoadBalancer. */
export interface ConflictingController {
  readonly kind: "servicelb" | "kube-vip" | "cilium";
  /** What shows that it is at work. */
  readonly evidence: readonly string[];
}

/** A service whose traffic stays on the node where it comes in. */
export interface LocalService {
  /** With its namespace. */
  readonly name: string;
  readonly nodes: readonly string[];
}

/** Whether a node with these labels is a master. */
export function isMaster(labels: Readonly<Record<string, string>>): boolean {
  return MASTER_LABEL in labels || FORMER_MASTER_LABEL in labels;
}

/** `web/shop (10.5.0.1)`. */
export function withAddresses({ name, addresses }: Pick<NodeState, "name" | "addresses">): string {
  return `${name} (${addresses.join(", ")})`;
}
