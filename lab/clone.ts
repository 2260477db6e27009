import * as fs from "node:fs";
import * as path from "node:path";
import { repository, stackFile, stacksOf } from "../config/project";
import { cacheFolder } from "./folders";

/** Files and folders that a copy of a clone must not share. */
const OWN = new Set([".git", ".homelab", ".pulumi-state", ".pulumi-passphrase", ".router-backup", ".adopt-backup", "node_modules"]);

/**
 * Copies this clone to a folder, with other stack files, and without history and state. The copy has a link to the installed packages.
 *
 * @param stacks the folder with the stack files of the copy
 */
export function copyClone(folder: string, stacks: string): void {
  const filter = (file: string): boolean => !OWN.has(path.relative(repository, file)) && file !== cacheFolder;
  fs.cpSync(repository, folder, { recursive: true, preserveTimestamps: true, filter });
  fs.symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  for (const stack of stacksOf(folder)) fs.rmSync(stackFile(folder, stack));
  for (const stack of stacksOf(stacks)) fs.copyFileSync(stackFile(stacks, stack), stackFile(folder, stack));
}
