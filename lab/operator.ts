/** Finds the running lab for the command line, and runs commands on its operator host. */
import * as fs from "node:fs";
import * as path from "node:path";
import type execa from "execa";
import { PROJECT_FOLDER, repository } from "../config/project";
import { labFolders } from "./folders";
import type { Lab } from "./lab";
import { sourceOf } from "./record";

export const folders = () => labFolders(process.env["LAB"] || "lab");

/** Returns the lab if all of it is running. */
export async function raisedLab(): Promise<Lab | undefined> {
  const lab = await findLab();
  return lab?.isUp ? lab : undefined;
}

/** Returns the lab, even if only parts of it are running. */
export async function findLab(): Promise<Lab | undefined> {
  if (!fs.existsSync(folders().record)) return undefined;
  // Loaded only if there is a lab, because every command that works on a network looks for one.
  const [{ Lab }, { readStock }] = await Promise.all([import("./lab"), import("./tools/toolbox")]);
  const { box, missing } = await readStock();
  return missing.length > 0 ? undefined : new Lab(folders(), sourceOf(folders()) ?? repository, box);
}

/** Runs the `homelab` command line on a lab's operator host. @param project the folder with the stack files */
export function onOperator(
  lab: Lab,
  args: readonly string[],
  options: execa.Options = {},
  project = lab.folders.project,
): execa.ExecaChildProcess {
  const env = { ...lab.engine.environment, ...options.env, [PROJECT_FOLDER]: project };
  // The operator host shares the machine's files, and relative paths start at the user's folder.
  const folder = process.env["HOMELAB_FOLDER"] ?? process.cwd();
  const argv = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", folder, path.join(repository, "bin", "homelab"), ...args];
  return lab.operator.attend(argv, { ...options, env });
}
