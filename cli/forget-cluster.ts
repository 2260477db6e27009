import { stackFileName } from "../config/file-names";
import { read } from "../cluster/api/api-client";
import { apiServerOf, contentOf, NoResponse } from "../cluster/api/kubeconfig";
import { ownerOf } from "../cluster/diagnosis/identity";
import type { KubeObject } from "../cluster/manifests/kube-object";
import { readIdentity } from "../cluster/survey/identity";
import type { CheckedStack } from "../config/household";
import { projectFolder } from "../config/project";
import { UserError } from "../config/user-error";
import { identityIn, type Outputs } from "../engine/state-contents";
import { forgetCluster, isOfCluster, readStack } from "./adopt/engine";
import { readState } from "./check/cli";
import { recordedByOthers } from "./check/identity";
import type { NetworkOptions } from "./lab-network";
import { confirm } from "./confirm";
import { print } from "./print";

export interface ForgetClusterOptions extends NetworkOptions {
  /** Skips the confirmation. */
  readonly yes?: boolean;
}

/**
 * Removes a cluster that no longer exists, for example a rebuilt one, from a stack's state: its identity and all of its objects. Keeps the
 * routes in the state. Neither cluster nor router changes. The next `pulumi up` deploys to the cluster that answers then, and records it.
 *
 * @throws UserError if the stack's cluster still answers, or the cluster of another stack does
 */
export async function forgetStackCluster(name: string, { yes = false }: ForgetClusterOptions): Promise<void> {
  const stack = await readStack(name);
  const { outputs, pending, blocker } = await readState(name);
  if (outputs === undefined) throw new UserError(`The state of stack ${name} cannot be read: ${blocker?.message ?? "no reason given"}.`);
  const interrupted = [...(pending?.creating ?? []), ...(pending?.updating ?? [])].map(({ urn }) => urn);
  if (![...outputs.keys(), ...interrupted].some(isOfCluster)) return print(`The state of stack ${name} has no resources of a cluster.`);
  const recorded = identityIn(outputs);
  const found = await queryCluster(stack, outputs);
  const refusal = refusalOf(name, { recorded, found, others: await recordedByOthers(name) });
  if (refusal !== undefined) throw new UserError(`Nothing was changed: ${refusal}.`);
  print(
    `Stack ${name} is deployed to ${recorded === undefined ? "a cluster without a recorded identity" : `the cluster with identity ${recorded}`}; ` +
      `${"error" in found ? `no identity can be read now (${found.error})` : `the cluster that answers has identity ${found.identity}`}.\n` +
      "The state will forget that cluster and all objects in it. The routes stay on the router and in the state; nothing is deleted.",
  );
  if (!yes) await confirm(`Forget the cluster of ${name}?`, name);
  const forgotten = await forgetCluster(name);
  print(`Stack ${name} has forgotten ${forgotten} objects. "pulumi up --stack ${name}" deploys to the cluster that answers then.`);
}

/** The cluster that answers, or why none does. */
export type FoundCluster = { readonly identity: string; readonly hasNamespace: boolean } | { readonly error: string };

/** The facts that decide whether a stack may forget its cluster. */
export interface ForgetInputs {
  readonly recorded: string | undefined;
  readonly found: FoundCluster;
  /** The identities that other stacks have recorded. */
  readonly others: ReadonlyMap<string, string>;
}

/** Returns why a stack must not forget its cluster; undefined if it may. */
export function refusalOf(stack: string, { recorded, found, others }: ForgetInputs): string | undefined {
  if ("error" in found) return undefined;
  const { identity, hasNamespace } = found;
  const owner = ownerOf(identity, stack, others);
  if (recorded === identity && owner === undefined)
    return `the cluster that stack ${stack} is deployed to still answers (identity ${identity}); "homelab destroy ${stack}" removes the stack from it`;
  if (recorded !== identity && owner !== undefined)
    return (
      `the cluster that answers has identity ${identity}, which is the cluster of stack ${owner}; ` +
      `correct cluster.kubeconfig or cluster.context in ${stackFileName(stack)} first`
    );
  if (recorded === undefined && hasNamespace)
    return (
      `the cluster that stack ${stack} is deployed to still answers (identity ${identity}): its namespace for MetalLB is the one in the state; ` +
      `"pulumi up --stack ${stack}" records the identity`
    );
  return undefined;
}

async function queryCluster({ parsed: { plan, kubeconfig } }: CheckedStack, outputs: ReadonlyMap<string, Outputs>): Promise<FoundCluster> {
  try {
    const server = apiServerOf(contentOf(kubeconfig, projectFolder()), plan.cluster.context);
    const identity = await readIdentity(server);
    const recordedNamespace = namespaceIn(outputs);
    const live = recordedNamespace && (await read<KubeObject>(server, `/api/v1/namespaces/${recordedNamespace.name}`));
    return { identity, hasNamespace: live !== undefined && live.metadata.uid === recordedNamespace?.uid };
  } catch (error) {
    if (error instanceof NoResponse) return { error: error.message };
    throw error;
  }
}

/** Returns MetalLB's namespace from the state. Its UID shows whether a cluster is the one that the stack was deployed to. */
function namespaceIn(outputs: ReadonlyMap<string, Outputs>): { readonly name: string; readonly uid: string } | undefined {
  const objects = [...outputs.values()] as { kind?: string; metadata?: { name?: string; uid?: string } }[];
  const { name, uid } = objects.find(({ kind }) => kind === "Namespace")?.metadata ?? {};
  return name === undefined || uid === undefined ? undefined : { name, uid };
}
