/** The project's folder and its files. */
import * as fs from "node:fs";
import * as path from "node:path";
import { stackFileName, stackOf } from "./file-names";

/** The folder that contains Pulumi.yaml. */
export const repository = path.resolve(__dirname, "..");

/** The environment variable with the project folder of a lab, set on the lab's operator host. */
export const PROJECT_FOLDER = "HOMELAB_PROJECT";

/** Returns the folder with the stack files that the command works on. */
export const projectFolder = (): string => process.env[PROJECT_FOLDER] ?? repository;

/** Returns the names of the stacks in a folder: one for each Pulumi.NAME.yaml, sorted. */
export function stacksOf(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .map(stackOf)
    .filter((name) => name !== undefined)
    .sort();
}

export const stackFile = (folder: string, stack: string): string => path.join(folder, stackFileName(stack));
