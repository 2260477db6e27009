/** Reads the networks of Calico and Cilium, from which pods get addresses. */
import { NoResponse, type ApiServer } from "../api/kubeconfig";
import { listIfAllowed } from "../api/api-client";
import type { UsedBlock } from "../diagnosis/cluster-state";
import type { Metadata } from "../manifests/kube-object";

/** Calico's IPPool, in the API group of its definitions and in that of its API server. */
interface CalicoPool {
  readonly metadata: Metadata;
  readonly spec?: { readonly cidr?: string; readonly disabled?: boolean; readonly allowedUses?: readonly string[] };
}

interface CiliumNode {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly ipam?: {
      readonly podCIDRs?: readonly string[];
      readonly pools?: { readonly allocated?: readonly { readonly cidrs?: readonly string[] }[] };
    };
  };
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

/** Calico keeps its pools in the first group, or in the second if it runs without an API server of its own. */
const CALICO_POOLS = [
  { definition: "ippools.crd.projectcalico.org", path: "/apis/crd.projectcalico.org/v1/ippools" },
  { definition: "ippools.projectcalico.org", path: "/apis/projectcalico.org/v3/ippools" },
];
const CILIUM = "ciliumnodes.cilium.io";
const CILIUM_NODES = "/apis/cilium.io/v2/ciliumnodes";
const CILIUM_CONFIG = "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dcilium-config";

/** Whether a cluster has the definition of a custom resource, by its name. */
export type IsDefined = (definition: string) => Promise<boolean>;

/** The networks of a cluster's network plugin. */
export interface CniNetworks {
  readonly pods: readonly UsedBlock[];
  /** The networks in which pods can reach each other without NAT. They contain the pod networks, and may be much wider. */
  readonly nativeRouting: readonly UsedBlock[];
}

/** Reads the networks of the network plugin; none if the cluster has another one, or the user may not read them. */
export async function readCniNetworks(server: ApiServer, isDefined: IsDefined): Promise<CniNetworks> {
  const listDefined = async <T>(definition: string, path: string) => ((await isDefined(definition)) ? listIfServed<T>(server, path) : []);
  const [calico, nodes, configs] = await Promise.all([
    Promise.all(CALICO_POOLS.map(({ definition, path }) => listDefined<CalicoPool>(definition, path))),
    listDefined<CiliumNode>(CILIUM, CILIUM_NODES),
    listDefined<ConfigMap>(CILIUM, CILIUM_CONFIG),
  ]);
  const ofCilium = (...keys: string[]) => configs.flatMap(({ data = {} }) => keys.flatMap((key) => ofConfig(data, key)));
  return {
    pods: [
      ...calico.flat().flatMap(ofCalico),
      ...nodes.flatMap(ofCiliumNode),
      ...ofCilium("cluster-pool-ipv4-cidr", "cluster-pool-ipv6-cidr"),
    ],
    nativeRouting: ofCilium("ipv4-native-routing-cidr", "ipv6-native-routing-cidr"),
  };
}

/** Works like `listIfAllowed`, also if the API server behind a group is down, as Calico's can be. */
async function listIfServed<T>(server: ApiServer, path: string): Promise<T[]> {
  try {
    return await listIfAllowed<T>(server, path);
  } catch (error) {
    if (error instanceof NoResponse) return [];
    throw error;
  }
}

/** A disabled pool only exempts a network from NAT. */
function ofCalico({ metadata: { name }, spec }: CalicoPool): UsedBlock[] {
  if (spec?.cidr === undefined || spec.disabled === true) return [];
  const uses = spec.allowedUses ?? [];
  const isForServices = uses.length > 0 && uses.every((use) => use === "LoadBalancer");
  return [{ kind: isForServices ? "services" : "pods", text: spec.cidr, owner: `the network in Calico's IPPool ${name}` }];
}

function ofCiliumNode({ metadata: { name }, spec }: CiliumNode): UsedBlock[] {
  const { podCIDRs = [], pools } = spec?.ipam ?? {};
  const networks = [...podCIDRs, ...(pools?.allocated ?? []).flatMap(({ cidrs = [] }) => cidrs)];
  return networks.map((text) => ({ kind: "pods", text, owner: `the pod network of CiliumNode ${name}` }));
}

/** A setting has one or more networks. New nodes get parts of them. */
function ofConfig(data: Readonly<Record<string, string>>, key: string): UsedBlock[] {
  const networks = (data[key] ?? "").split(/[\s,]+/).filter((text) => text !== "");
  return networks.map((text) => ({ kind: "pods", text, owner: `${key} in Cilium's ConfigMap`, isReserve: true }));
}
