import { IDENTITY, type Outputs } from "../../engine/state-contents";
import { PROJECT } from "./stack-files";

/** The identities of two clusters. */
export const ONE = "11111111-1111-4111-8111-111111111111";
export const OTHER = "22222222-2222-4222-8222-222222222222";

/** Returns the state of a stack that was deployed to a cluster. */
export const deployedTo = (identity: string): Map<string, Outputs> =>
  new Map([[`urn:pulumi:lab-dev::${PROJECT}::pulumi:index:Stash::${IDENTITY}`, { input: identity, output: identity }]]);
