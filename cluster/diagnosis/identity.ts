/** Findings about a cluster that is not the one that the stack was deployed to. */
import type { UnresolvedPlan } from "../../config/plan";
import { quote, type Finding } from "../../config/problem";

type Stack = Pick<UnresolvedPlan, "stack" | "cluster">;

/** The identities to compare. */
export interface Identities {
  /** The identity in the stack's state; undefined before the first deployment. */
  readonly recorded: string | undefined;
  /** The identity of the cluster that answers. */
  readonly actual: string;
  /** The API server of that cluster, such as `https://192.168.50.11:6443`. */
  readonly server: string;
  /** The identities of other stacks, by stack: recorded in their state, or read from their cluster. */
  readonly others: ReadonlyMap<string, string>;
}

const FIX_CONNECTION = "correct cluster.kubeconfig or cluster.context";

/**
 * Compares the cluster that answers with the stack's recorded one and with those of the other stacks.
 *
 * @returns the finding; undefined if the cluster belongs to this stack or to none
 */
export function findWrongCluster({ stack, cluster }: Stack, identities: Identities): Finding | undefined {
  const { recorded, actual, server, others } = identities;
  const owner = ownerOf(actual, stack, others);
  const place = { path: "cluster.context", value: quote(cluster.context) };
  if (recorded === actual) {
    if (owner === undefined) return undefined;
    const rule =
      `stacks ${stack} and ${owner} are both deployed to the cluster with identity ${recorded} (the UID of namespace kube-system), which answers at ${server}, ` +
      "and each stack needs a cluster of its own";
    return {
      ...place,
      rule,
      fix: `run "homelab forget-cluster" for the stack that has the wrong cluster, and ${FIX_CONNECTION} of that stack`,
    };
  }
  if (recorded === undefined && owner === undefined) return undefined;
  const ownerText = owner === undefined ? "" : `, which is the cluster of stack ${owner}`;
  const answers = `the cluster that answers at ${server} has identity ${actual}${ownerText}`;
  const rule =
    recorded === undefined ? `${answers}, and each stack needs a cluster of its own` : `${deployedTo(stack, recorded)}, and ${answers}`;
  const rebuilt = `; or, if the cluster was rebuilt, run "homelab forget-cluster ${stack}" and deploy again`;
  return { ...place, rule, fix: `${FIX_CONNECTION}${owner === undefined ? rebuilt : ""}` };
}

/** Returns the other stack that has recorded an identity. */
export function ownerOf(identity: string, stack: string, others: ReadonlyMap<string, string>): string | undefined {
  return [...others].find(([other, one]) => other !== stack && one === identity)?.[0];
}

type Expected = Pick<Identities, "recorded" | "server">;

/**
 * Describes a server that accepts connections but does not return the cluster's identity.
 *
 * @param error what the server returned instead, and how to fix that
 */
export function describeNoResponse(
  { stack, cluster }: Stack,
  { recorded, server }: Expected,
  { message, fix = FIX_CONNECTION }: { readonly message: string; readonly fix?: string | undefined },
): Finding {
  return {
    path: "cluster.context",
    value: quote(cluster.context),
    rule: `${deployedTo(stack, recorded)}, and the server at ${server} does not report its identity: ${message}`,
    fix: fix + (recorded === undefined ? "" : `; or, if the cluster is gone, run "homelab forget-cluster ${stack}"`),
  };
}

/** Describes a cluster that does not answer, although an environment variable may lead the provider to another one. */
export function describeProxyFailure({ stack, cluster }: Stack, { recorded, server }: Expected, variable: string): Finding {
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
