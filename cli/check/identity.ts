/** Whether the cluster that answers a command is the stack's own. */
import type { ApiServer } from "../../cluster/api/kubeconfig";
import { findMistakenCluster } from "../../cluster/diagnosis/identity";
import { readIdentity } from "../../cluster/survey/identity";
import { PROJECT, stackOf } from "../../config/stack-file";
import { readStackFiles } from "../../config/stack-files";
import { projectFolder } from "../../config/project";
import type { Finding } from "../../config/problem";
import { outputsIn } from "../../engine/deployment";
import { identityIn, type Outputs } from "../../engine/state-contents";
import { readStateFile } from "../../engine/state-file";
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
  return { identity, ...(mistaken === undefined ? {} : { mistaken }) };
}

/** What the CLI said of other stacks: a command that looks at each stack compares each with all of them. */
const readings = new Map<string, Promise<ReadonlyMap<string, Outputs>>>();

/** A stack's state from its file, and without one from the CLI, which takes a second. */
async function stateOf(stack: string): Promise<ReadonlyMap<string, Outputs>> {
  const folder = projectFolder();
  const deployment = readStateFile(PROJECT, stack, { folder, env: process.env });
  if (deployment !== undefined) return outputsIn(deployment);
  const key = `${folder} ${stack}`;
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
        const identity = identityIn(await stateOf(name));
        return identity === undefined ? [] : [[name, identity] as const];
      }),
  );
  return new Map(found.flat());
}
