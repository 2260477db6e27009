/** Whether the cluster that answers is the one that a stack is deployed to. */
import type { OpenPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";

/** What is known of a stack's cluster. */
export interface Identities {
  /** The identity that the stack's state has; undefined before the first deployment. */
  readonly recorded: string | undefined;
  /** The identity of the cluster that answers. */
  readonly answering: string;
  /** The API server that gave it, such as `https://192.168.50.11:6443`. */
  readonly server: string;
  /** The identities that other stacks have recorded, or that their clusters gave, by stack. */
  readonly others: ReadonlyMap<string, string>;
}

/**
 * Compares the cluster that answers with the one that the stack is deployed to, and with those of the other stacks.
 *
 * @returns what is wrong; undefined if the cluster is the stack's own, or one that no stack has yet
 */
export function findMistakenCluster({ stack, cluster }: Pick<OpenPlan, "stack" | "cluster">, identities: Identities): Finding | undefined {
  const { recorded, answering, server, others } = identities;
  const [owner] = [...others].find(([other, identity]) => other !== stack && identity === answering) ?? [];
  const isOther = recorded !== undefined && recorded !== answering;
  if (!isOther && owner === undefined) return undefined;
  const whose = owner === undefined ? "" : `, which is the cluster of stack ${owner}`;
  const answers = `the cluster that answers at ${server} has identity ${answering}${whose}`;
  const rule = isOther
    ? `stack ${stack} is deployed to the cluster with identity ${recorded} (the UID of namespace kube-system), and ${answers}`
    : `${answers}, and each stack needs a cluster of its own`;
  const correct = "correct cluster.kubeconfig or cluster.context";
  const fix =
    isOther && owner === undefined
      ? `${correct}; or, if the cluster was rebuilt, run "homelab forget-cluster ${stack}" and deploy again`
      : correct;
  return { path: "cluster.context", value: quote(cluster.context), rule, fix };
}
