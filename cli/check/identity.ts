/** Checks whether the cluster that answers a command is the stack's own. */
import { PROJECT, stackOf } from "../../config/file-names";
import { apiServerOf, NoResponse, type ApiServer } from "../../cluster/api/kubeconfig";
import type { NodeState } from "../../cluster/diagnosis/cluster-state";
import { readNodeStates, type ClusterConnection } from "../../cluster/survey/reader";
import { findWrongCluster } from "../../cluster/diagnosis/identity";
import { readIdentity } from "../../cluster/survey/identity";
import { readStackFiles } from "../../config/stack-files";
import { projectFolder } from "../../config/project";
import type { Finding } from "../../config/problem";
import { readIdentityFile } from "../../engine/identity-file";
import { identityIn, type Outputs } from "../../engine/state-contents";
import type { UnresolvedPlan } from "../../config/plan";
import { readState, type StateReading } from "./cli";

/** A stack and its state. */
export interface IdentifiedStack {
  readonly plan: Pick<UnresolvedPlan, "stack" | "cluster">;
  readonly state: () => Promise<Pick<StateReading, "outputs">>;
}

/** What is known of a cluster's identity. */
export interface IdentityCheck {
  readonly identity: string;
  /** Whether the stack's state could be read and compared. */
  readonly isCompared: boolean;
  /** Why the cluster is not the stack's, if it is another one. */
  readonly wrongCluster?: Finding;
}

/**
 * Reads the identity of the cluster that answers, and compares it with the one in the stack's state and with those of all other stacks.
 *
 * @throws NoResponse
 */
export async function checkIdentity(stack: IdentifiedStack, server: ApiServer): Promise<IdentityCheck> {
  const [identity, { outputs }] = await Promise.all([readIdentity(server), stack.state()]);
  const recorded = outputs && identityIn(outputs);
  const others = await recordedByOthers(stack.plan.stack);
  const wrongCluster = findWrongCluster(stack.plan, { recorded, actual: identity, server: server.url.origin, others });
  return { identity, isCompared: outputs !== undefined, ...(wrongCluster === undefined ? {} : { wrongCluster }) };
}

/**
 * Reads the nodes of a stack's cluster. Checks its identity first, so that a node of another cluster cannot become the next hop.
 *
 * @throws NoResponse if the cluster does not answer, or is not the recorded one
 */
export async function readOwnNodes(connection: ClusterConnection, outputs: ReadonlyMap<string, Outputs>): Promise<NodeState[]> {
  const recorded = identityIn(outputs);
  const actual = recorded && (await readIdentity(apiServerOf(connection.kubeconfig, connection.context)));
  if (recorded !== actual) throw new NoResponse(`another cluster answers, with identity ${actual}`);
  return readNodeStates(connection);
}

/** The states that were read: a command for several stacks compares each with all others. */
const readings = new Map<string, Promise<ReadonlyMap<string, Outputs>>>();

/** Reads a stack's state once, because the CLI takes a second for it. */
function stateOf(stack: string): Promise<ReadonlyMap<string, Outputs>> {
  const key = `${projectFolder()} ${stack}`;
  const reading = readings.get(key) ?? readState(stack).then(({ outputs }) => outputs ?? new Map<string, Outputs>());
  readings.set(key, reading);
  return reading;
}

/** Reads the recorded identities of all other stacks with a stack file. */
export async function recordedByOthers(stack: string): Promise<ReadonlyMap<string, string>> {
  const names = readStackFiles(projectFolder()).flatMap(({ file }) => stackOf(file) ?? []);
  const found = await Promise.all(
    names
      .filter((name) => name !== stack)
      .map(async (name) => {
        const file = readIdentityFile(PROJECT, name, { folder: projectFolder(), env: process.env });
        const identity = file === undefined ? identityIn(await stateOf(name)) : file.identity;
        return identity === undefined ? [] : [[name, identity] as const];
      }),
  );
  return new Map(found.flat());
}
