import * as pulumi from "@pulumi/pulumi";

import { identityIn, type Outputs } from "./state-contents";
import { outputsIn } from "./deployment";
import { readStateFile } from "./state-file";

/**
 * Reads which clusters other stacks of the project are deployed to: from their states, and where the backend is not a folder, from their outputs.
 *
 * @param stacks their names; one that was never deployed has no entry in the result
 * @returns identities by stack
 */
export async function readOtherIdentities(stacks: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(stacks.map(async (stack) => [stack, await identityOf(stack)] as const));
  return new Map(found.flatMap(([stack, identity]) => (identity === undefined ? [] : [[stack, identity] as const])));
}

async function identityOf(stack: string): Promise<string | undefined> {
  const project = pulumi.getProject();
  const deployment = readStateFile(project, stack);
  if (deployment !== undefined) return identityIn(outputsIn(deployment));
  try {
    const stackName = `${pulumi.getOrganization()}/${project}/${stack}`;
    const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: stackName })) as { outputs?: Outputs };
    const { cluster } = (answer.outputs ?? {}) as { cluster?: { identity?: unknown } };
    return typeof cluster?.identity === "string" ? cluster.identity : undefined;
  } catch {
    // The backend has no such stack.
    return undefined;
  }
}
