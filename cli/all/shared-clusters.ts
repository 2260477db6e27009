import { NoResponse, type ApiServer } from "../../cluster/api/kubeconfig";
import { readIdentity } from "../../cluster/survey/identity";
import { identityIn } from "../../engine/state-contents";
import { readState } from "../check/cli";

/** Reads the identity of the cluster at a server; undefined if it cannot be read, which the program reports later. */
export async function identify(server: ApiServer): Promise<string | undefined> {
  try {
    return await readIdentity(server);
  } catch (error) {
    if (error instanceof NoResponse) return undefined;
    throw error;
  }
}

/**
 * Finds stacks that reach the same cluster, by any kubeconfig. A stack with that cluster in its state may continue.
 *
 * @param identities the identities of the clusters that the stacks reach, by stack
 * @param recordedBy reads the identity in a stack's state
 * @returns why a stack must not be deployed, by stack
 */
export async function findShared(
  identities: ReadonlyMap<string, string>,
  recordedBy: (stack: string) => Promise<string | undefined> = readRecorded,
): Promise<ReadonlyMap<string, string>> {
  const shared = [...identities].filter(([stack, identity]) => [...identities].some(([other, one]) => other !== stack && one === identity));
  const refused = await Promise.all(
    shared.map(async ([stack, identity]) => {
      if ((await recordedBy(stack)) === identity) return [];
      const others = [...identities].flatMap(([other, one]) => (other !== stack && one === identity ? [other] : []));
      const reason =
        `it reaches the same cluster as stack ${others.join(" and ")} (identity ${identity}), and each stack needs a cluster of its own; ` +
        "correct cluster.kubeconfig or cluster.context";
      return [[stack, reason] as const];
    }),
  );
  return new Map(refused.flat());
}

async function readRecorded(stack: string): Promise<string | undefined> {
  return identityIn((await readState(stack)).outputs ?? new Map());
}
