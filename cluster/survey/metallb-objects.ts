import type { KubeObject } from "../manifests/kube-object";
import { CONFIGURING } from "../diagnosis/unmanaged";
import { list } from "../api/api-client";
import type { ApiServer } from "../api/kubeconfig";

/**
 * Returns all objects that configure the MetalLB in a namespace.
 *
 * @throws NoResponse if the server refuses or does not answer
 */
export async function readMetalLbObjects(server: ApiServer, namespace: string): Promise<KubeObject[]> {
  const kinds = Object.entries(CONFIGURING).map(async ([plural, kind]) => {
    // MetalLB's CRDs have version v1beta1, except BGPPeer.
    const version = kind === "BGPPeer" ? "v1beta2" : "v1beta1";
    const found = await list<KubeObject>(server, `/apis/metallb.io/${version}/namespaces/${namespace}/${plural}`);
    // The items of a list have no kind.
    return found.map((object) => ({ ...object, kind }));
  });
  return (await Promise.all(kinds)).flat();
}
