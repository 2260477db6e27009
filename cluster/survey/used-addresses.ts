import type { UsedBlock } from "../diagnosis/cluster-state";
import type { Metadata } from "../manifests/kube-object";
import { listIfAllowed } from "../api/api-client";
import type { ApiServer } from "../api/kubeconfig";
import { readCniNetworks, type IsDefined } from "./cni-networks";
import type { KubernetesNode, KubernetesService } from "./reader";

interface Pod {
  readonly metadata: Metadata;
  readonly spec?: { readonly hostNetwork?: boolean };
  readonly status?: { readonly phase?: string; readonly podIPs?: readonly { readonly ip: string }[] };
}

interface ServiceCidr {
  readonly metadata: Metadata;
  readonly spec?: { readonly cidrs?: readonly string[] };
}

/** The API versions of ServiceCIDR objects: Kubernetes 1.31 has the first, 1.33 and later have the second. */
const SERVICE_CIDRS = ["v1beta1", "v1"].map((version) => `/apis/networking.k8s.io/${version}/servicecidrs`);

/** Returns a function that lists the addresses in use, once nodes and services are read. @throws NoResponse if the server does not answer */
export async function readUsedAddresses(
  server: ApiServer,
  isDefined: IsDefined,
): Promise<(nodes: readonly KubernetesNode[], services: readonly KubernetesService[]) => UsedBlock[]> {
  const [pods, plugin, ...serviceCidrs] = await Promise.all([
    listIfAllowed<Pod>(server, "/api/v1/pods"),
    readCniNetworks(server, isDefined),
    ...SERVICE_CIDRS.map((path) => listIfAllowed<ServiceCidr>(server, path)),
  ]);
  return (nodes, services) => {
    const networks = [...nodes.flatMap(ofNode), ...plugin.pods];
    // The network of native routing is a guess, used if nothing tells the pod networks.
    const arePodsKnown = networks.some(({ kind }) => kind === "pods");
    return distinct([
      ...networks,
      ...(arePodsKnown ? [] : plugin.nativeRouting),
      ...serviceCidrs.flat().flatMap(ofServiceCidr),
      ...pods.flatMap(ofPod),
      ...services.flatMap(ofService),
    ]);
  };
}

function ofNode({ metadata: { name }, spec, status }: KubernetesNode): UsedBlock[] {
  const addresses = (status?.addresses ?? []).filter(({ type }) => type === "InternalIP" || type === "ExternalIP");
  return [
    ...(spec?.podCIDRs ?? []).map((text) => ({ kind: "pods" as const, text, owner: `the pod network of node ${name}` })),
    ...addresses.map(({ address }) => ({ kind: "nodes" as const, text: address, owner: `the address of node ${name}` })),
  ];
}

function ofServiceCidr({ metadata: { name }, spec }: ServiceCidr): UsedBlock[] {
  return (spec?.cidrs ?? []).map((text) => ({ kind: "services", text, owner: `the service network in ServiceCIDR ${name}` }));
}

/** A pod in the host's network has the node's address, and a pod that has ended has none. */
function ofPod({ metadata: { namespace, name }, spec, status }: Pod): UsedBlock[] {
  if (spec?.hostNetwork === true || status?.phase === "Succeeded" || status?.phase === "Failed") return [];
  return (status?.podIPs ?? []).map(({ ip }) => ({ kind: "pods", text: ip, owner: `the address of pod ${namespace}/${name}` }));
}

/** A headless service has the cluster IP `None`. A service may repeat its own load balancer's address under `externalIPs`. */
function ofService({ metadata: { namespace, name }, spec, status }: KubernetesService): UsedBlock[] {
  const clusterIps = (spec?.clusterIPs ?? []).filter((address) => address !== "None");
  const own = (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
  const externalIps = (spec?.externalIPs ?? []).filter((address) => !own.includes(address));
  const used = (text: string, what: string): UsedBlock => ({ kind: "services", text, owner: `${what} of service ${namespace}/${name}` });
  return [...clusterIps.map((text) => used(text, "the cluster IP")), ...externalIps.map((text) => used(text, "an external IP"))];
}

/** A cluster may serve one ServiceCIDR in both API versions. */
function distinct(blocks: readonly UsedBlock[]): UsedBlock[] {
  return [...new Map(blocks.map((block) => [`${block.text} ${block.owner}`, block])).values()];
}
