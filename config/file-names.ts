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

/** The endings of a stack file's name that users write, or that editors add. */
const ending = /[ .]*\.(y[aml]{2,3}|json)(\.txt)?\s*$/i;

/**
 * Returns the name that a file should have, if it was probably meant as a stack file, although Pulumi ignores it; undefined for every other
 * file. Copies that editors keep, such as `Pulumi.lab-dev.yaml~`, are not meant as stack files.
 */
export function meantAsStackFile(file: string): string | undefined {
  if (stackOf(file) !== undefined || !ending.test(file)) return undefined;
  const [, word = "", rest = ""] = /^\s*([A-Za-z]+)[ ._-]+(.*)$/.exec(file.replace(ending, "")) ?? [];
  if (!/^p[uli]*mi$|^pul[a-z]{1,3}i$/i.test(word)) return undefined;
  const stack = rest
    .trim()
    .replace(/\s+/g, "-")
    .replace(/[^A-Za-z0-9_.-]/g, "");
  return stack === "" ? undefined : stackFileName(stack);
}
