import {
  isMaster,
  type AnnotatedService,
  type ClusterState,
  type NodeState,
  type ServiceState,
  type SurveyNode,
} from "../diagnosis/cluster-state";
import type { Taint } from "../manifests/taints";
import { list, type Metadata } from "../api/api-client";
import { apiServerOf, type ApiServer } from "../api/kubeconfig";
import { type KubeconfigContent } from "../../config/kubeconfig";

/** The connection to a cluster. */
export interface ClusterConnection {
  readonly kubeconfig: KubeconfigContent;
  readonly context: string;
  /** MetalLB's namespace. */
  readonly namespace: string;
}

/**
 * Reads the nodes, services and pools of a cluster.
 *
 * @throws NoResponse if the cluster does not answer
 */
export async function readCluster({ kubeconfig, context, namespace }: ClusterConnection): Promise<ClusterState> {
  const server = apiServerOf(kubeconfig, context);
  const [nodes, services, pools] = await Promise.all([
    readNodes(server),
    readServices(server),
    list<{ metadata: Metadata }>(server, `/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools`),
  ]);
  return {
    nodes: nodes.map(toNode),
    services: services.flatMap(toService),
    pools: pools.filter(isManagedByPulumi).map(({ metadata }) => metadata.name),
  };
}

/** Reads only the nodes of a cluster. @throws NoResponse */
export async function readNodeStates({ kubeconfig, context }: ClusterConnection): Promise<NodeState[]> {
  return (await readNodes(apiServerOf(kubeconfig, context))).map(toNode);
}

/** The parts of a service that this file needs. */
export interface KubernetesService {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly type?: string;
    readonly externalTrafficPolicy?: string;
    readonly loadBalancerClass?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly ports?: readonly { readonly port: number; readonly protocol?: string }[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

/** The parts of a node that this file needs. */
export interface KubernetesNode {
  readonly metadata: Metadata;
  readonly spec?: { readonly taints?: readonly Taint[]; readonly podCIDRs?: readonly string[] };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Returns the cluster's nodes. */
export function readNodes(server: ApiServer): Promise<KubernetesNode[]> {
  return list(server, "/api/v1/nodes");
}

/** Returns all services of the cluster. */
export function readServices(server: ApiServer): Promise<KubernetesService[]> {
  return list(server, "/api/v1/services");
}

/** Reads a node as MetalLB's speakers do: labels, taints, conditions and addresses. */
export function toNode({ metadata, spec, status }: KubernetesNode): SurveyNode {
  const { labels = {} } = metadata;
  const having = (wanted: string) => (status?.addresses ?? []).filter(({ type }) => type === wanted).map(({ address }) => address);
  const hasCondition = (wanted: string) => (status?.conditions ?? []).some(({ type, status }) => type === wanted && status === "True");
  const externalAddresses = having("ExternalIP");
  return {
    name: metadata.name,
    addresses: having("InternalIP"),
    ...(externalAddresses.length === 0 ? {} : { externalAddresses }),
    isMaster: isMaster(labels),
    isReady: hasCondition("Ready"),
    labels,
    taints: spec?.taints ?? [],
    isNetworkUnavailable: hasCondition("NetworkUnavailable"),
  };
}

/**
 * Returns the service if MetalLB gave it an address. MetalLB writes the pool's name into an annotation, whose name changed after 0.14.8.
 */
export function toService({ metadata: { namespace, name, annotations = {} }, spec, status }: KubernetesService): ServiceState[] {
  const pool = annotations["metallb.io/ip-allocated-from-pool"] ?? annotations["metallb.universe.tf/ip-allocated-from-pool"];
  if (pool === undefined) return [];
  const addresses = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  const { loadBalancerClass } = spec ?? {};
  return [{ name: `${namespace}/${name}`, addresses, pool, ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }) }];
}

/** The annotations with which a user asks MetalLB for something. */
const ASKED = ["address-pool", "loadBalancerIPs", "allow-shared-ip"];

/** Returns the service if a user's annotations for MetalLB have the prefix from before 0.14.9. MetalLB itself writes another one, which needs no fix. */
export function toAnnotated({ metadata: { namespace = "", name, annotations = {} }, spec }: KubernetesService): AnnotatedService[] {
  const former = ASKED.filter((asked) => `metallb.universe.tf/${asked}` in annotations);
  return spec?.type !== "LoadBalancer" || former.length === 0 ? [] : [{ namespace, name, annotations: former }];
}

/** Whether a Pulumi program created a pool. Unmanaged pools stay, whatever the plan says. */
export function isManagedByPulumi({ metadata }: { metadata: Metadata }): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));
}
