import type { ClusterConnection } from "../survey/reader";
import type { LoadedStack } from "../../config/stack-loader";

/** Returns the connection to a stack's cluster. */
export function connectionOf({ plan, kubeconfigContent }: Pick<LoadedStack, "plan" | "kubeconfigContent">): ClusterConnection {
  return { kubeconfig: kubeconfigContent, context: plan.cluster.context, namespace: plan.metallb.namespace };
}
