import { outputsIn } from "./deployment";
import { identityIn } from "./state-contents";
import { readStateFile, type EnginePlace } from "./state-file";

/**
 * Reads from the file of a stack's state which cluster the stack is deployed to, without the Pulumi SDK, which takes a second to load.
 *
 * @returns undefined if no file has the state: then the CLI can tell
 */
export function readIdentityFile(
  project: string,
  stack: string,
  place: EnginePlace,
): { readonly identity: string | undefined } | undefined {
  const deployment = readStateFile(project, stack, place);
  return deployment === undefined ? undefined : { identity: identityIn(outputsIn(deployment)) };
}
