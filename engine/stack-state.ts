import * as pulumi from "@pulumi/pulumi";

import { outputsIn, pendingIn, type PendingOperations } from "./deployment";
import { RECORDS_COMMAND, ROUTE_COMMAND, type Outputs } from "./state-contents";
import { readStateFile } from "./state-file";
import { readPending } from "./pending-operations";

/** The state that the last run left. */
export interface StackState {
  /** The outputs of each resource by URN. */
  readonly state: ReadonlyMap<string, Outputs>;
  /** The pending operations, if the run was interrupted. */
  readonly pending: Promise<PendingOperations>;
  /** Whether the engine refuses to delete one of the resources; undefined if the backend does not say. */
  readonly isProtected?: boolean;
}

/**
 * Reads the state of the last run, from which the program learns what the stack manages. Called once per run, before any resource is
 * registered.
 */
export async function readStackState(): Promise<StackState> {
  const deployment = readStateFile(pulumi.getProject(), pulumi.getStack());
  if (deployment !== undefined) {
    const isProtected = (deployment.resources ?? []).some(({ protect }) => protect === true);
    return { state: outputsIn(deployment), pending: Promise.resolve(pendingIn(deployment)), isProtected };
  }
  const pending = readPending();
  return { state: await exportStack(), pending };
}

/**
 * Reads the outputs of each resource of a stack by URN from the engine. @throws Error if the backend does not have the stack, or does not
 * answer
 */
export async function exportStack(stack = pulumi.getStack()): Promise<ReadonlyMap<string, Outputs>> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as {
    outputs?: Record<string, { outputs?: Outputs }>;
  };
  return new Map(Object.entries(answer.outputs ?? {}).map(([urn, { outputs = {} }]) => [urn, outputs]));
}

/** Returns the URN of the command that applies the routes. Messages name it for `pulumi state delete`. */
export function routeUrn(): string {
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}${ROUTE_COMMAND}`;
}

/** Returns the URN of the command that applies the reservations. */
export function recordsUrn(): string {
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}${RECORDS_COMMAND}`;
}
