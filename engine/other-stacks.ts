import * as pulumi from "@pulumi/pulumi";

import { outputsIn } from "./deployment";
import { exportDeployment } from "./pending-operations";
import { exportStack } from "./stack-state";
import { identityIn, type Outputs } from "./state-contents";
import { readStateFile } from "./state-file";
import * as log from "./log";

/** The ways to read a stack's state if it is not in a file. */
export interface StateSources {
  readonly exportStack: (stack: string) => Promise<ReadonlyMap<string, Outputs>>;
  readonly exportDeployment: typeof exportDeployment;
  readonly warn: (text: string) => void;
}

const defaults: StateSources = { exportStack, exportDeployment, warn: (text) => log.warn(text) };

/**
 * Reads the identities of the clusters of other stacks from their states. An interrupted first deployment has no outputs, so outputs are
 * not enough.
 *
 * @param stacks the names of the stacks; a stack that was never deployed is not in the result
 * @returns the identities by stack
 */
export async function readOtherIdentities(
  stacks: readonly string[],
  sources: StateSources = defaults,
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(stacks.map(async (stack) => [stack, identityIn(await stateOf(stack, sources))] as const));
  return new Map(found.flatMap(([stack, identity]) => (identity === undefined ? [] : [[stack, identity] as const])));
}

async function stateOf(
  stack: string,
  { exportStack: ask, exportDeployment: exported, warn }: StateSources,
): Promise<ReadonlyMap<string, Outputs>> {
  const deployment = readStateFile(pulumi.getProject(), stack);
  if (deployment !== undefined) return outputsIn(deployment);
  try {
    return await ask(stack);
  } catch (error) {
    if (isUnknown(error)) return new Map();
  }
  try {
    // The engine needs the stack's passphrase to decrypt the state; the CLI exports it without.
    return outputsIn(await exported(stack));
  } catch (error) {
    if (!isUnknown(error)) warn(`The cluster of stack ${stack} was not compared with this one: the state of ${stack} cannot be read.`);
    return new Map();
  }
}

/** Whether the backend does not have the stack, because it was never deployed. */
const isUnknown = (error: unknown): boolean => /unknown stack|no stack named/.test(String((error as Error).message));
