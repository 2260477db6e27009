import * as pulumi from "@pulumi/pulumi";

import { outputsIn } from "./deployment";
import { exportDeployment } from "./pending-operations";
import { askEngine } from "./stack-state";
import { identityIn, type Outputs } from "./state-contents";
import { readStateFile } from "./state-file";

/** How the state of a stack is read if no file has it. */
export interface StateSources {
  readonly askEngine: (stack: string) => Promise<ReadonlyMap<string, Outputs>>;
  readonly exportDeployment: typeof exportDeployment;
  readonly warn: (text: string) => void;
}

const real: StateSources = { askEngine, exportDeployment, warn: (text) => void pulumi.log.warn(text) };

/**
 * Reads which clusters other stacks of the project are deployed to: from their states, as an interrupted first deployment has no outputs yet.
 *
 * @param stacks their names; one that was never deployed has no entry in the result
 * @returns identities by stack
 */
export async function readOtherIdentities(stacks: readonly string[], sources: StateSources = real): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(stacks.map(async (stack) => [stack, identityIn(await stateOf(stack, sources))] as const));
  return new Map(found.flatMap(([stack, identity]) => (identity === undefined ? [] : [[stack, identity] as const])));
}

async function stateOf(
  stack: string,
  { askEngine: ask, exportDeployment: exported, warn }: StateSources,
): Promise<ReadonlyMap<string, Outputs>> {
  const deployment = readStateFile(pulumi.getProject(), stack);
  if (deployment !== undefined) return outputsIn(deployment);
  try {
    return await ask(stack);
  } catch (error) {
    if (isUnknown(error)) return new Map();
  }
  try {
    // The engine decrypts a state before it tells of it, for which it may have no passphrase; the CLI does not.
    return outputsIn(await exported(stack));
  } catch (error) {
    if (!isUnknown(error)) warn(`The cluster of stack ${stack} was not compared with this one: the state of ${stack} cannot be read.`);
    return new Map();
  }
}

/** Whether the backend has no such stack: it was not deployed yet. */
const isUnknown = (error: unknown): boolean => /unknown stack|no stack named/.test(String((error as Error).message));
