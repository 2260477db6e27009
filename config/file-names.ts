/** The project's name, as Pulumi.yaml has it: keys of stack files begin with it. */
export const PROJECT = "homelab-network";

/** The name of a stack's file. */
export const stackFileName = (stack: string): string => `Pulumi.${stack}.yaml`;

/** The stack that a file of this name is of, or undefined for another kind of file. */
export function stackOf(file: string): string | undefined {
  return /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/.exec(file)?.[1];
}
