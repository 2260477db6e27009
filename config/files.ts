/** Writes files whole or not at all. */
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import * as path from "node:path";

import { isThere, named, realPath } from "./read-file";

/** A file and its new content. */
export interface NewFile {
  readonly file: string;
  readonly content: string | Uint8Array;
  /** The permissions (default: those that the file has, or 0644). */
  readonly mode?: number;
}

/**
 * Writes a file atomically, so that no reader sees half of it, not even after an interrupted run. Follows a symbolic link.
 *
 * @throws FileError if the file cannot be written; it is unchanged then
 */
export function writeAtomically(file: string, content: string | Uint8Array, mode?: number): void {
  writeTogether([{ file, content, ...(mode === undefined ? {} : { mode }) }]);
}

/**
 * Writes several files, all or none of them.
 *
 * @throws FileError if one of them cannot be written; all are unchanged then
 */
export function writeTogether(files: readonly NewFile[]): void {
  const drafts: Draft[] = [];
  try {
    for (const folder of new Set(files.map(({ file }) => path.dirname(file)))) removeTemporaries(folder);
    for (const file of files) drafts.push(draft(file));
    for (const one of drafts) named(one.file, "written", () => replace(one));
  } catch (error) {
    for (const one of drafts) undo(one);
    throw error;
  }
  for (const folder of new Set(drafts.map(({ target }) => path.dirname(target)))) settle(folder);
}

/**
 * Writes a file that must not exist yet, atomically.
 *
 * @returns false if the file exists; it is unchanged then
 * @throws FileError if the file cannot be written
 */
export function createAtomically(file: string, content: string | Uint8Array, mode?: number): boolean {
  removeTemporaries(path.dirname(file));
  if (isThere(file)) return false;
  const one = draft({ file, content, ...(mode === undefined ? {} : { mode }) });
  try {
    named(file, "written", () => link(one));
    settle(path.dirname(file));
    return true;
  } catch (error) {
    if (isThere(file)) return false;
    throw error;
  } finally {
    rmSync(one.temporary, { force: true });
  }
}

/** Makes the temporary file the new one. Fails if the new one exists, where the file system has hard links. */
function link({ temporary, target }: Draft): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    renameSync(temporary, target);
  }
}

/** Removes the temporary files that interrupted runs have left in a folder. */
export function removeTemporaries(folder: string): void {
  for (const name of entriesOf(folder)) {
    const [, pid] = TEMPORARY.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(path.join(folder, name), { force: true });
  }
}

/** A new file's content in a temporary file beside it. */
interface Draft {
  /** The file as messages name it. */
  readonly file: string;
  /** The file, with links followed. */
  readonly target: string;
  readonly temporary: string;
  /** The content before; undefined if there was no file, or it was not replaced yet. */
  before?: { readonly content: Buffer | undefined; readonly mode: number };
}

/** Git ignores these names, and nothing else is named so. */
const TEMPORARY = /^\..+\.(\d+)\.homelab\.partial$/;

function draft({ file, content, mode }: NewFile): Draft {
  return named(file, "written", () => {
    const target = targetOf(file);
    const folder = path.dirname(target);
    mkdirSync(folder, { recursive: true });
    const temporary = path.join(folder, `.${path.basename(target)}.${process.pid}.homelab.partial`);
    try {
      write(temporary, content, mode ?? modeOf(target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") rmSync(temporary, { force: true });
      throw error;
    }
    return { file, target, temporary };
  });
}

/** Writes a new file to the disk. Never follows a link in its place. */
function write(file: string, content: string | Uint8Array, mode: number): void {
  const opened = openSync(file, "wx", mode);
  try {
    writeFileSync(opened, content);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

function replace(one: Draft): void {
  const content = isThere(one.target) ? readFileSync(one.target) : undefined;
  const mode = modeOf(one.target);
  renameSync(one.temporary, one.target);
  one.before = { content, mode };
}

/** Restores what was there before. */
function undo({ target, temporary, before }: Draft): void {
  rmSync(temporary, { force: true });
  if (before === undefined) return;
  if (before.content === undefined) return rmSync(target, { force: true });
  write(temporary, before.content, before.mode);
  renameSync(temporary, target);
}

/** Writes a folder's entries to the disk, where the file system can do that. */
function settle(folder: string): void {
  try {
    const opened = openSync(folder, "r");
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  } catch {
    // The files are whole, and the system writes their names later.
  }
}

/** Returns where a file is, or will be. Only regular files are replaced: renaming over a device would remove it. */
function targetOf(file: string): string {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return file;
  if (stat.isSymbolicLink()) {
    const target = realPath(file);
    if (statSync(target).isFile()) return target;
  }
  throw Object.assign(new Error(`${file} cannot be replaced`), { code: statSync(file).isDirectory() ? "EISDIR" : "EIRREGULAR" });
}

const modeOf = (file: string) => (statSync(file, { throwIfNoEntry: false })?.mode ?? 0o644) & 0o777;

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether another process with this number runs. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
