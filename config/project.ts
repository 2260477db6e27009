/** The project's folder and its files. */
import * as fs from "node:fs";
import * as path from "node:path";
import { stackFileName, stackOf } from "./file-names";

/** The project's own folder: the one that holds Pulumi.yaml. */
export const repository = path.resolve(__dirname, "..");

/** The variable that names the project folder of a lab, on its operator host. */
export const PROJECT_FOLDER = "HOMELAB_PROJECT";

/** The folder with the stack files of the network that the command works on. */
export const projectFolder = (): string => process.env[PROJECT_FOLDER] ?? repository;

/** The stacks of a project folder: one per Pulumi.NAME.yaml, sorted. */
export function stacksOf(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .map(stackOf)
    .filter((name) => name !== undefined)
    .sort();
}

export const stackFile = (folder: string, stack: string): string => path.join(folder, stackFileName(stack));

/** Writes a file in one step, so that a reader or an interrupted run never meets half of it. */
export function writeWhole(file: string, content: string | Uint8Array, mode = 0o644): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  fs.writeFileSync(partial, content, { mode });
  fs.renameSync(partial, file);
}
