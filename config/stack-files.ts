import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { PROJECT_FILE, stackFileName, stackOf } from "./file-names";
import type { ProjectDefaults } from "./parse";
import { PlanError } from "./problem";
import { readProjectDefaults } from "./project-defaults";
import type { StackText } from "./stack-file";
import { UserError } from "./user-error";

/** Returns the stack files in a project's folder, with the project's defaults, sorted by name. @throws UserError if Pulumi.yaml is not YAML */
export function readStackFiles(folder: string): StackText[] {
  const names = readdirSync(folder).filter((name) => stackOf(name) !== undefined);
  const defaults = readDefaults(folder);
  return names.sort().map((file) => ({ file, text: readFileSync(join(folder, file), "utf8"), ...(defaults && { defaults }) }));
}

/** Returns the stack files with another file in place of a stack's own, as the CLI's option `--config-file` does. */
export function withConfigFile(files: readonly StackText[], stack: string, configFile: string, folder: string): StackText[] {
  const file = stackFileName(stack);
  const defaults = files.find((one) => one.file === file)?.defaults ?? files[0]?.defaults;
  const text = readFileSync(configFile, "utf8");
  const own = { file, text, shown: relative(folder, configFile), ...(defaults && { defaults }) };
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
