import * as fs from "node:fs";
import { writeAtomically } from "../config/files";
import { repository } from "../config/project";
import { UserError } from "../config/user-error";
import type { LabFolders } from "./folders";
import type { LabSize, HostSpec } from "./topology";

/** How the lab was last raised. A host whose entry changed is created again. */
export interface LabRecord {
  /** The clone that raised the lab. */
  readonly repository: string;
  /** The folder of its stack files. Records of older versions omit it: the folder is the clone then. */
  readonly source?: string;
  readonly size: LabSize;
  readonly hosts: readonly HostSpec[];
}

/** Returns the record of a lab; undefined if the lab was never raised. */
export function recordOf({ record }: LabFolders): LabRecord | undefined {
  return fs.existsSync(record) ? (JSON.parse(fs.readFileSync(record, "utf8")) as LabRecord) : undefined;
}

/** Writes the record of a lab. */
export function writeRecord({ record }: LabFolders, content: LabRecord): void {
  writeAtomically(record, JSON.stringify(content, undefined, 2));
}

/** Returns the folder with the stack files from which the lab was raised; undefined if it was never raised. */
export const sourceOf = (folders: LabFolders): string | undefined => recordOf(folders)?.source;

/** Checks that the lab belongs to this clone, because it runs the program of the clone that raised it. @throws UserError if it does not */
export function checkOwner(folders: LabFolders): void {
  const owner = recordOf(folders)?.repository ?? repository;
  if (owner === repository) return;
  throw new UserError(
    `The lab "${folders.name}" belongs to the clone in ${owner}: remove it with "make lab-down", or give this lab another name with LAB=....`,
  );
}
