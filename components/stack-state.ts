import * as pulumi from "@pulumi/pulumi";

import { objectsIn, type Outputs } from "./state-contents";

/** Asks the engine for what the last run left, by URN. A program has no other way to know what it owns. */
export async function readStackState(): Promise<ReadonlyMap<string, Outputs>> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName })) as {
    outputs?: Record<string, { outputs?: Outputs }>;
  };
  return new Map(Object.entries(answer.outputs ?? {}).map(([urn, { outputs = {} }]) => [urn, outputs]));
}

/** The objects of the cluster that are the stack's, each as kind and name: `IPAddressPool lab-dev`. */
export async function readOwnObjects(): Promise<ReadonlySet<string>> {
  return objectsIn(await readStackState());
}
