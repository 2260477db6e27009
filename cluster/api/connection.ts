import type { ClusterQuestion } from "../survey/reader";
import type { LoadedStack } from "../../config/stack-loader";

/** Whom to ask about a stack's cluster. */
export function questionOf({ plan, kubeconfigContent }: Pick<LoadedStack, "plan" | "kubeconfigContent">): ClusterQuestion {
  return { kubeconfig: kubeconfigContent, context: plan.cluster.context, namespace: plan.metallb.namespace };
}
