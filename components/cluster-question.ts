import type { ClusterQuestion } from "./cluster-reader";
import type { Stack } from "./stack-config";

/** Whom to ask about a stack's cluster. */
export function questionOf({ plan, kubeconfigContent }: Pick<Stack, "plan" | "kubeconfigContent">): ClusterQuestion {
  return { kubeconfig: kubeconfigContent, context: plan.cluster.context, namespace: plan.metallb.namespace };
}
