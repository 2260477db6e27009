/** Reads from a cluster which tools own MetalLB's objects. */
import type { Cluster } from "../../lab/cluster";
import type { KubeObject } from "../../cluster/manifests/kube-object";

const inNamespace =
  "serviceaccounts,secrets,configmaps,services,daemonsets,deployments,roles,rolebindings,ipaddresspools.metallb.io,l2advertisements.metallb.io";
const clusterWide = "namespaces,clusterroles,clusterrolebindings,validatingwebhookconfigurations,customresourcedefinitions";

/** Returns all of MetalLB's objects in a cluster, without those that Kubernetes adds to each namespace. */
export async function metallbObjects(cluster: Cluster): Promise<KubeObject[]> {
  const list = async (kinds: string): Promise<KubeObject[]> =>
    (
      JSON.parse(await cluster.kubectl(["get", kinds, "-n", "metallb-system", "-o", "json", "--show-managed-fields"])) as {
        items: KubeObject[];
      }
    ).items;
  const [placed, wide] = await Promise.all([list(inNamespace), list(clusterWide)]);
  const isMetallbs = ({ kind, metadata: { name } }: KubeObject): boolean => /metallb/.test(name) || /^(IPAddressPool|L2Adv)/.test(kind);
  return [...placed, ...wide].filter(isMetallbs);
}

/** Returns the marks of other tools on an object: labels, annotations, and field managers. */
export function marksOf({ metadata: { labels = {}, annotations = {}, managedFields = [] } }: KubeObject): string[] {
  const keys = [...Object.keys(labels), ...Object.keys(annotations)].filter((key) =>
    /^meta\.helm\.sh|toolkit\.fluxcd\.io|last-applied-configuration/.test(key),
  );
  const managers = managedFields.flatMap(({ manager = "", subresource }) =>
    subresource === undefined && !/^(pulumi-kubernetes-|controller$|speaker$|MetalLB$|kube-)/.test(manager) ? [manager] : [],
  );
  return [...keys, ...managers];
}
