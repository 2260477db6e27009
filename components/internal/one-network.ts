import { getMonitor } from "@pulumi/pulumi/runtime/settings";

import { parseKubeconfig, type KubeconfigContent } from "../../config/kubeconfig";
import type { Finding } from "../../config/problem";

/** The components of each program run, by cluster and namespace. */
const networks = new WeakMap<object, Map<string, string>>();

/**
 * Notes which component installs MetalLB in a namespace of a cluster, and finds a second one.
 *
 * @param component the component's name
 */
export function findSecondNetwork(component: string, content: KubeconfigContent, context: string, namespace: string): Finding | undefined {
  const monitor = getMonitor();
  if (monitor === undefined) return undefined;
  const known = networks.get(monitor) ?? new Map<string, string>();
  networks.set(monitor, known);
  const key = JSON.stringify([serverOf(content, context), namespace]);
  const other = known.get(key);
  known.set(key, other ?? component);
  if (other === undefined || other === component) return undefined;
  const rule = `ClusterNetwork ${other} installs MetalLB in namespace ${namespace} of the same cluster`;
  return { path: "context", value: JSON.stringify(context), rule, fix: "list the pools of both in one ClusterNetwork" };
}

/** Returns the API server of a context, or the whole context if it has none. */
function serverOf(content: KubeconfigContent, context: string): unknown {
  const { clusters, contexts } = parseKubeconfig(content).kubeconfig;
  const name = contexts?.find((one) => one.name === context)?.context?.cluster;
  return clusters?.find((one) => one.name === name)?.cluster?.["server"] ?? [content.text, context];
}
