import type { KubeObject } from "../manifests/kube-object";
import { CONFIGURING } from "../diagnosis/unmanaged";
import { list } from "../api/api-client";
import type { ApiServer } from "../api/kubeconfig";

/**
 * All that configures the MetalLB of a namespace.
 *
 * @throws NoAnswer where the server refuses, or keeps silent.
 */
export async function readMetalLbObjects(server: ApiServer, namespace: string): Promise<KubeObject[]> {
  const kinds = Object.entries(CONFIGURING).map(async ([plural, kind]) => {
    // BGP peers have a version of their own, and all others the first.
    const version = kind === "BGPPeer" ? "v1beta2" : "v1beta1";
    const found = await list<KubeObject>(server, `/apis/metallb.io/${version}/namespaces/${namespace}/${plural}`);
    // Items of a list come without their kind.
    return found.map((object) => ({ ...object, kind }));
  });
  return (await Promise.all(kinds)).flat();
}
