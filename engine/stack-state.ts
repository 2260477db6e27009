import * as pulumi from "@pulumi/pulumi";

import { outputsIn, pendingIn, type PendingOperations } from "./deployment";
import { ROUTE_COMMAND, type Outputs } from "./state-contents";
import { readStateFile } from "./state-file";
import { readPending } from "./pending-operations";

/** What the last run left. */
export interface StackState {
  /** What the engine knows of each resource, by URN. */
  readonly state: ReadonlyMap<string, Outputs>;
  /** What it was at, where it was cut off. */
  readonly pending: Promise<PendingOperations>;
}

/**
 * Reads what the last run left; a program has no other way to know what it owns. Once for each run, before anything is registered: `settled` hands it on as
 * the stack's.
 */
export async function readStackState(): Promise<StackState> {
  const deployment = readStateFile(pulumi.getProject(), pulumi.getStack());
  if (deployment !== undefined) {
    return { state: outputsIn(deployment), pending: Promise.resolve(pendingIn(deployment)) };
  }
  const pending = readPending();
  return { state: await askEngine(), pending };
}

/** Reads from the engine what it knows of each resource of a stack, by URN. @throws Error if the backend has no such stack, or does not answer */
export async function askEngine(stack = pulumi.getStack()): Promise<ReadonlyMap<string, Outputs>> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as {
    outputs?: Record<string, { outputs?: Outputs }>;
  };
  return new Map(Object.entries(answer.outputs ?? {}).map(([urn, { outputs = {} }]) => [urn, outputs]));
}

/** The place in the state of the command that brings the routes, for the user to delete it there. */
export function routeUrn(): string {
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}${ROUTE_COMMAND}`;
}
