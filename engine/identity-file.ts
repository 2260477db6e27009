import { outputsIn } from "./deployment";
import { identityIn } from "./state-contents";
import type { EnginePlace } from "./backend";
import { readStateFile } from "./state-file";

/**
 * Reads the identity of a stack's cluster from the state's file, without the Pulumi SDK, which takes a second to load.
 *
 * @returns undefined if the state is not in a file; the CLI can then read it
 */
export function readIdentityFile(
  project: string,
  stack: string,
  place: EnginePlace,
): { readonly identity: string | undefined } | undefined {
  const deployment = readStateFile(project, stack, place);
  return deployment === undefined ? undefined : { identity: identityIn(outputsIn(deployment)) };
}
