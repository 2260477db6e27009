/** Whether the cluster that answers a command is the stack's own. */
import { PROJECT, stackOf } from "../../config/file-names";
import { apiServerOf, NoAnswer, type ApiServer } from "../../cluster/api/kubeconfig";
import type { NodeState } from "../../cluster/diagnosis/cluster-state";
import { readNodeStates, type ClusterConnection } from "../../cluster/survey/reader";
import { findMistakenCluster } from "../../cluster/diagnosis/identity";
import { readIdentity } from "../../cluster/survey/identity";
import { readStackFiles } from "../../config/stack-files";
import { projectFolder } from "../../config/project";
import type { Finding } from "../../config/problem";
import { readIdentityFile } from "../../engine/identity-file";
import { identityIn, type Outputs } from "../../engine/state-contents";
import type { OpenPlan } from "../../config/plan";
import { readState, type StateReading } from "./cli";

/** A stack, and what its state has. */
export interface IdentifiedStack {
  readonly plan: Pick<OpenPlan, "stack" | "cluster">;
  readonly state: () => Promise<Pick<StateReading, "outputs">>;
}

/** What was found out about a cluster's identity. */
export interface SeenIdentity {
  readonly identity: string;
  /** Whether the stack's state was there to compare with. */
  readonly isCompared: boolean;
  /** Why it is not the stack's cluster, if it is not. */
  readonly mistaken?: Finding;
}

/**
 * Reads the identity of the cluster that answers, and compares it with the one in the stack's state, and with those of all other stacks.
 *
 * @throws NoAnswer
 */
export async function seeIdentity(stack: IdentifiedStack, server: ApiServer): Promise<SeenIdentity> {
  const [identity, { outputs }] = await Promise.all([readIdentity(server), stack.state()]);
  const recorded = outputs && identityIn(outputs);
  const others = await recordedByOthers(stack.plan.stack);
  const mistaken = findMistakenCluster(stack.plan, { recorded, answering: identity, server: server.url.origin, others });
  return { identity, isCompared: outputs !== undefined, ...(mistaken === undefined ? {} : { mistaken }) };
}

/**
 * Reads the nodes of a stack's cluster, so that the next hop of no other cluster passes for the stack's.
 *
 * @throws NoAnswer if the cluster does not answer, or another one than the recorded one does
 */
export async function readOwnNodes(connection: ClusterConnection, outputs: ReadonlyMap<string, Outputs>): Promise<NodeState[]> {
  const recorded = identityIn(outputs);
  const answering = recorded && (await readIdentity(apiServerOf(connection.kubeconfig, connection.context)));
  if (recorded !== answering) throw new NoAnswer(`another cluster answers, with identity ${answering}`);
  return readNodeStates(connection);
}

/** What the CLI said of other stacks: a command that looks at each stack compares each with all of them. */
const readings = new Map<string, Promise<ReadonlyMap<string, Outputs>>>();

/** A stack's state, for which the CLI takes a second: it is asked once. */
function stateOf(stack: string): Promise<ReadonlyMap<string, Outputs>> {
  const key = `${projectFolder()} ${stack}`;
  const reading = readings.get(key) ?? readState(stack).then(({ outputs }) => outputs ?? new Map<string, Outputs>());
  readings.set(key, reading);
  return reading;
}

/** The identities in the states of all other stacks that have a file. */
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
