import * as fs from "node:fs";
import { repository, writeWhole } from "../config/project";
import { UserError } from "../config/user-error";
import type { LabFolders } from "./folders";
import type { LabSize, Seat } from "./topology";

/** What the lab was last raised as; a host whose entry changed is made anew. */
export interface LabRecord {
  /** The clone that it belongs to. */
  readonly repository: string;
  /** The folder of its stack files; a clone that raised it before this was written down has its own. */
  readonly source?: string;
  readonly size: LabSize;
  readonly hosts: readonly Seat[];
}

/** What the lab was last raised as, if it was. */
export function recordOf({ record }: LabFolders): LabRecord | undefined {
  return fs.existsSync(record) ? (JSON.parse(fs.readFileSync(record, "utf8")) as LabRecord) : undefined;
}

/** Writes down what a lab is raised as. */
export function writeRecord({ record }: LabFolders, content: LabRecord): void {
  writeWhole(record, JSON.stringify(content, undefined, 2));
}

/** The folder with the stack files that the lab was raised from, if it was. */
export const sourceOf = (folders: LabFolders): string | undefined => recordOf(folders)?.source;

/** A lab runs the program of the clone that raised it. @throws UserError where that is another one. */
export function checkOwner(folders: LabFolders): void {
  const owner = recordOf(folders)?.repository ?? repository;
  if (owner === repository) return;
  throw new UserError(
    `The lab "${folders.name}" belongs to the clone in ${owner}: remove it with "make lab-down", or give this lab another name with LAB=....`,
  );
}
