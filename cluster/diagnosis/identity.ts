/** Whether the cluster that answers is the one that a stack is deployed to. */
import type { OpenPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";

type Stack = Pick<OpenPlan, "stack" | "cluster">;

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

const CORRECT = "correct cluster.kubeconfig or cluster.context";

/**
 * Compares the cluster that answers with the one that the stack is deployed to, and with those of the other stacks.
 *
 * @returns what is wrong; undefined if the cluster is the stack's own, or one that no stack has yet
 */
export function findMistakenCluster({ stack, cluster }: Stack, identities: Identities): Finding | undefined {
  const { recorded, answering, server, others } = identities;
  const owner = ownerOf(answering, stack, others);
  const place = { path: "cluster.context", value: quote(cluster.context) };
  if (recorded === answering) {
    if (owner === undefined) return undefined;
    const rule =
      `stacks ${stack} and ${owner} are both deployed to the cluster with identity ${recorded} (the UID of namespace kube-system), which answers at ${server}, ` +
      "and each stack needs a cluster of its own";
    return { ...place, rule, fix: `run "homelab forget-cluster" for the stack that has the wrong cluster, and ${CORRECT} of that stack` };
  }
  if (recorded === undefined && owner === undefined) return undefined;
  const whose = owner === undefined ? "" : `, which is the cluster of stack ${owner}`;
  const answers = `the cluster that answers at ${server} has identity ${answering}${whose}`;
  const rule =
    recorded === undefined ? `${answers}, and each stack needs a cluster of its own` : `${deployedTo(stack, recorded)}, and ${answers}`;
  const rebuilt = `; or, if the cluster was rebuilt, run "homelab forget-cluster ${stack}" and deploy again`;
  return { ...place, rule, fix: `${CORRECT}${owner === undefined ? rebuilt : ""}` };
}

/** Another stack that has recorded an identity. */
export function ownerOf(identity: string, stack: string, others: ReadonlyMap<string, string>): string | undefined {
  return [...others].find(([other, one]) => other !== stack && one === identity)?.[0];
}

type Silent = Pick<Identities, "recorded" | "server">;

/**
 * Describes a server that takes connections and does not tell which cluster it is.
 *
 * @param reason what came instead of the identity
 */
export function describeUntold({ stack, cluster }: Stack, { recorded, server }: Silent, reason: string): Finding {
  return {
    path: "cluster.context",
    value: quote(cluster.context),
    rule: `${deployedTo(stack, recorded)}, and the server at ${server} does not report its identity: ${reason}`,
    fix:
      `give the kubeconfig's user the right to get namespaces, or ${CORRECT}` +
      (recorded === undefined ? "" : `; or, if the cluster is gone, run "homelab forget-cluster ${stack}"`),
  };
}

/** Describes a cluster that does not answer, while a variable of the environment may lead the provider to one. */
export function describeProxied({ stack, cluster }: Stack, { recorded, server }: Silent, variable: string): Finding {
  return {
    path: "cluster.context",
    value: quote(cluster.context),
    rule: `${deployedTo(stack, recorded)}, and no cluster answers at ${server} without the proxy in ${variable}, which only the provider uses`,
    fix: `set proxy-url in the kubeconfig, or unset ${variable}`,
  };
}

const deployedTo = (stack: string, recorded: string | undefined): string =>
  recorded === undefined
    ? `stack ${stack} has no record of its cluster yet`
    : `stack ${stack} is deployed to the cluster with identity ${recorded} (the UID of namespace kube-system)`;
