import * as pulumi from "@pulumi/pulumi";

import { ROUTE_COMMAND, type Outputs } from "./state-contents";

/**
 * Asks the engine for what the last run left, by URN. A program has no other way to know what it owns. The engine reads the whole state for it, so that it
 * is asked once: what `settled` hands on as the stack's.
 */
export async function readStackState(): Promise<ReadonlyMap<string, Outputs>> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as {
    outputs?: Record<string, { outputs?: Outputs }>;
  };
  return new Map(Object.entries(answer.outputs ?? {}).map(([urn, { outputs = {} }]) => [urn, outputs]));
}

/** The place in the state of the command that brings the routes, for the user to delete it there. */
export function routeUrn(): string {
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}${ROUTE_COMMAND}`;
}
