import { isMaster, type ClusterState, type NodeState, type ServiceState } from "../diagnosis/cluster-state";
import type { Taint } from "../manifests/taints";
import { list, type Metadata } from "../api/api-client";
import { apiServerOf, type ApiServer } from "../api/kubeconfig";
import { type KubeconfigContent } from "../../config/kubeconfig";

/** What to ask, and where. */
export interface ClusterConnection {
  readonly kubeconfig: KubeconfigContent;
  readonly context: string;
  /** MetalLB's namespace. */
  readonly namespace: string;
}

/**
 * Asks a cluster for its nodes, services and pools, and changes nothing.
 *
 * @throws NoAnswer where the cluster cannot be asked, or keeps silent.
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
    pools: pools.filter(isPulumis).map(({ metadata }) => metadata.name),
  };
}

/** The same for its nodes alone. @throws NoAnswer */
export async function readNodeStates({ kubeconfig, context }: ClusterConnection): Promise<NodeState[]> {
  return (await readNodes(apiServerOf(kubeconfig, context))).map(toNode);
}

/** A service, as far as it is of interest. */
export interface KubernetesService {
  readonly metadata: Metadata;
  readonly spec?: { readonly type?: string; readonly externalTrafficPolicy?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

/** A node, as far as it is of interest. */
export interface KubernetesNode {
  readonly metadata: Metadata;
  readonly spec?: { readonly taints?: readonly Taint[] };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The cluster's nodes. */
export function readNodes(server: ApiServer): Promise<KubernetesNode[]> {
  return list(server, "/api/v1/nodes");
}

/** All services of the cluster. */
export function readServices(server: ApiServer): Promise<KubernetesService[]> {
  return list(server, "/api/v1/services");
}

/** What the plan is held against of a node. */
export function toNode({ metadata, status }: KubernetesNode): NodeState {
  return {
    name: metadata.name,
    addresses: (status?.addresses ?? []).filter(({ type }) => type === "InternalIP").map(({ address }) => address),
    isMaster: isMaster(metadata.labels ?? {}),
    isReady: (status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True"),
  };
}

/** MetalLB writes on a service which pool its address is from; up to 0.14.8 under its former name. */
export function toService({ metadata: { namespace, name, annotations = {} }, status }: KubernetesService): ServiceState[] {
  const pool = annotations["metallb.io/ip-allocated-from-pool"] ?? annotations["metallb.universe.tf/ip-allocated-from-pool"];
  if (pool === undefined) return [];
  const addresses = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  return [{ name: `${namespace}/${name}`, addresses, pool }];
}

/** A pool that somebody else made stays, whatever the plan says. */
export function isPulumis({ metadata }: { metadata: Metadata }): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));
}
