import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { meantAsStackFile, PROJECT_FILE, stackFileName, stackOf } from "./file-names";
import type { ProjectDefaults } from "./parse";
import { PlanError } from "./problem";
import { readProjectDefaults } from "./project-defaults";
import { readRegular } from "./read-file";
import type { StackText } from "./stack-file";
import { decode, type Decoded, type FileMistake } from "./text-encoding";
import { UserError } from "./user-error";

/** The message if a folder has no stack file with a plan. */
export const NO_STACK_FILE = "There is no stack file: write one, such as Pulumi.lab-dev.yaml, with the cluster's pool and gateway.";

/**
 * Returns the stack files in a project's folder, with the project's defaults, sorted by name, and the files that were probably meant as such.
 *
 * @throws UserError if Pulumi.yaml is not YAML
 */
export function readStackFiles(folder: string): StackText[] {
  const names = readdirSync(folder).sort();
  const defaults = readDefaults(folder);
  return names.flatMap((file): StackText[] => {
    if (stackOf(file) !== undefined) return [{ file, ...contentOf(join(folder, file)), ...(defaults && { defaults }) }];
    const meant = meantAsStackFile(file);
    return meant === undefined ? [] : [{ file, text: "", mistakes: [ignored(meant, names)] }];
  });
}

/** Returns the stack files with another file in place of a stack's own, as the CLI's option `--config-file` does. */
export function withConfigFile(files: readonly StackText[], stack: string, configFile: string, folder: string): StackText[] {
  const file = stackFileName(stack);
  const defaults = files.find((one) => one.file === file)?.defaults ?? files[0]?.defaults;
  const own = { file, ...contentOf(configFile), displayName: relative(folder, configFile), ...(defaults && { defaults }) };
  return [...files.filter((one) => one.file !== file), own].sort((one, other) => (one.file < other.file ? -1 : 1));
}

/** Returns the defaults of a project; undefined if it has no Pulumi.yaml. */
function readDefaults(folder: string): ProjectDefaults | undefined {
  const file = join(folder, PROJECT_FILE);
  if (!existsSync(file)) return undefined;
  try {
    return readProjectDefaults(readFileSync(file, "utf8"));
  } catch (error) {
    throw error instanceof PlanError ? new UserError(error.message) : error;
  }
}

function ignored(meant: string, names: readonly string[]): FileMistake {
  const fix = names.includes(meant) ? `remove it; ${meant} is the stack file` : `rename it to ${meant}`;
  return { rule: "not the name of a stack file, so Pulumi ignores it", fix };
}

function contentOf(path: string): Decoded {
  let decoded: Decoded;
  try {
    decoded = decode(readRegular(path));
  } catch (error) {
    return { text: "", mistakes: [unreadable((error as NodeJS.ErrnoException).code)] };
  }
  if (decoded.mistakes.length > 0 || !isBlank(decoded.text)) return decoded;
  return { text: "", mistakes: [{ rule: "has no content", fix: "write the stack's plan, or remove the file" }] };
}

function unreadable(code: string | undefined): FileMistake {
  switch (code) {
    case "EISDIR":
      return { rule: "a folder, not a stack file", fix: "rename or remove it" };
    case "ENOENT":
    case "EDANGLING":
      return { rule: "a symbolic link to a file that does not exist", fix: "correct or remove it" };
    case "EIRREGULAR":
      return { rule: "not a regular file", fix: "rename or remove it" };
    case "EHUGE":
      return { rule: "larger than 16 MB", fix: "rename or remove it" };
    case "ELOOP":
      return { rule: "a symbolic link that leads to itself", fix: "correct or remove it" };
    default:
      return { rule: `cannot be read (${code ?? "no reason known"})`, fix: "correct its owner and permissions" };
  }
}

/** Whether a text has only comments and marks of documents. */
const isBlank = (text: string): boolean => text.split(/\r\n?|\n/).every((line) => /^\s*(#.*|---\s*(#.*)?|\.\.\.\s*)?$/.test(line));
