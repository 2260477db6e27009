/** The project's name as in Pulumi.yaml. Keys of stack files have it as prefix. */
export const PROJECT = "homelab-network";

/** The name of the project's file, which may have defaults for the stack files. */
export const PROJECT_FILE = "Pulumi.yaml";

/** Returns the file name of a stack. */
export const stackFileName = (stack: string): string => `Pulumi.${stack}.yaml`;

/** Returns the name of the stack with this file; undefined if it is not a stack file. */
export function stackOf(file: string): string | undefined {
  return /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/.exec(file)?.[1];
}
