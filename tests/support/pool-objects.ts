/** Creates, reads and removes pools and advertisements in a cluster. */
import { parseDocument } from "yaml";

import type { MetalLbObject } from "../../cluster/diagnosis/cluster-state";
import { advertisementManifest, poolManifest } from "../../cluster/manifests/manifests";
import type { UnresolvedPlan } from "../../config/plan";
import type { Cluster } from "../../lab/cluster";

const namespace = "metallb-system";

/** Returns the objects that the program creates for a plan's pools and advertisements. */
export const plannedPools = ({ pools, advertisements }: UnresolvedPlan): object[] => [
  ...pools.map((pool) => poolManifest(pool, namespace)),
  ...advertisements.map((advertisement) => advertisementManifest(advertisement, namespace)),
];

/** Returns the pools in a stack file's text, which the program may reject. */
export function writtenPools(text: string): object[] {
  const { config } = parseDocument(text).toJS() as { config: Record<string, Array<{ name: string; addresses: string[] }>> };
  return (config["homelab-network:pools"] ?? []).map(({ name, addresses }) => ({
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { name, namespace },
    spec: { addresses },
  }));
}

/** Returns a pool or an advertisement as the survey reads it, with the fields of its manager. */
export function foundObject(
  kind: MetalLbObject["kind"],
  name: string,
  { addresses = [], manager = "helm", at = namespace, spec = {} }: FoundOptions = {},
): MetalLbObject {
  const written = kind === "IPAddressPool" ? { addresses, ...spec } : spec;
  const fieldsV1 = { "f:spec": Object.fromEntries(Object.keys(written).map((key) => [`f:${key}`, {}])) };
  const content = kind === "IPAddressPool" ? { autoAssign: true, avoidBuggyIPs: true, ...written } : written;
  const metadata = { name, namespace: at, managedFields: [{ manager, operation: "Update", fieldsV1 }] };
  return { kind, namespace: at, name, addresses, manager, object: { apiVersion: "metallb.io/v1beta1", kind, metadata, spec: content } };
}

interface FoundOptions {
  readonly addresses?: readonly string[];
  readonly manager?: string;
  /** The namespace. */
  readonly at?: string;
  readonly spec?: object;
}

/** Applies objects to a cluster. @throws if the cluster rejects one */
export const applyObjects = (cluster: Cluster, items: readonly object[]): Promise<string> =>
  cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

/** Removes all pools and advertisements of a cluster. They have no finalizers, so nothing is to be waited for. */
export const clearPools = (cluster: Cluster): Promise<string> =>
  cluster.kubectl(["delete", "ipaddresspools,l2advertisements", "--all", "--namespace", namespace, "--wait=false"]);

/** Runs work with other pools in the cluster of a deployed plan, and restores the planned ones. */
export async function withOtherPools(cluster: Cluster, plan: UnresolvedPlan, work: () => Promise<void>): Promise<void> {
  await work().finally(async () => {
    await clearPools(cluster);
    await applyObjects(cluster, plannedPools(plan));
  });
}

/** Returns the names and addresses of a cluster's pools. */
export const poolsIn = (cluster: Cluster): Promise<string> =>
  cluster.kubectl(["get", "ipaddresspools", "-A", "-o", "jsonpath={range .items[*]}{.metadata.name} {.spec.addresses}{end}"]);

/** Returns MetalLB's objects outside of its namespace, and the namespace itself. */
export async function metallbParts(cluster: Cluster): Promise<string[]> {
  const kinds = "namespaces,crds,clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations";
  return (await cluster.kubectl(["get", kinds, "-o", "name"])).split("\n").filter((name) => name.includes("metallb"));
}
