/** Reads and writes files: a file is written whole or not at all, and only regular files are read. */
import * as fs from "node:fs";
import * as path from "node:path";

import { fileReason } from "./file-error";
import { UserError } from "./user-error";

/** A file and its new content. */
export interface NewFile {
  readonly file: string;
  readonly content: string | Uint8Array;
  /** The permissions (default: those that the file has, or 0644). */
  readonly mode?: number;
}

/** A file that cannot be read or written, as a sentence with the reason and the fix. */
export class FileError extends UserError {
  constructor(
    message: string,
    /** The operating system's code, such as ENOSPC. */
    readonly code: string,
  ) {
    super(message);
  }
}

/** The largest file that is read as a whole. The largest kubeconfigs and stack files have some hundred kilobytes. */
const LARGEST = 16 * 1024 * 1024;

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
    fs.rmSync(one.temporary, { force: true });
  }
}

/** Makes the temporary file the new one. Fails if the new one exists, where the file system has hard links. */
function link({ temporary, target }: Draft): void {
  try {
    fs.linkSync(temporary, target);
  } catch (error) {
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    fs.renameSync(temporary, target);
  }
}

/**
 * Reads a regular file. A pipe or a device would block, or never end.
 *
 * @throws an error that {@link fileReason} explains
 */
export function readRegular(file: string): Buffer {
  let opened: number;
  try {
    opened = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    throw isDangling(file, error) ? Object.assign(new Error(`${file} leads nowhere`), { code: "EDANGLING" }) : error;
  }
  try {
    const stat = fs.fstatSync(opened);
    const code = stat.isDirectory() ? "EISDIR" : !stat.isFile() ? "EIRREGULAR" : stat.size > LARGEST ? "EHUGE" : undefined;
    if (code !== undefined) throw Object.assign(new Error(`${file} cannot be read`), { code });
    return fs.readFileSync(opened);
  } finally {
    fs.closeSync(opened);
  }
}

/** Returns a document's text; undefined if there is none. @throws FileError if it cannot be read */
export function readDocument(file: string): string | undefined {
  if (!isThere(file)) return undefined;
  return named(file, "read", () => readRegular(file).toString("utf8"));
}

/** Removes the temporary files that interrupted runs have left in a folder. */
export function removeTemporaries(folder: string): void {
  for (const name of entriesOf(folder)) {
    const [, pid] = TEMPORARY.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) fs.rmSync(path.join(folder, name), { force: true });
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
    fs.mkdirSync(folder, { recursive: true });
    removeTemporaries(folder);
    const temporary = path.join(folder, `.${path.basename(target)}.${process.pid}.homelab.partial`);
    try {
      write(temporary, content, mode ?? modeOf(target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") fs.rmSync(temporary, { force: true });
      throw error;
    }
    return { file, target, temporary };
  });
}

/** Writes a new file to the disk. Never follows a link in its place. */
function write(file: string, content: string | Uint8Array, mode: number): void {
  const opened = fs.openSync(file, "wx", mode);
  try {
    fs.writeFileSync(opened, content);
    fs.fsyncSync(opened);
  } finally {
    fs.closeSync(opened);
  }
}

function replace(one: Draft): void {
  const content = isThere(one.target) ? fs.readFileSync(one.target) : undefined;
  const mode = modeOf(one.target);
  fs.renameSync(one.temporary, one.target);
  one.before = { content, mode };
}

/** Restores what was there before. */
function undo({ target, temporary, before }: Draft): void {
  fs.rmSync(temporary, { force: true });
  if (before === undefined) return;
  if (before.content === undefined) return fs.rmSync(target, { force: true });
  write(temporary, before.content, before.mode);
  fs.renameSync(temporary, target);
}

/** Writes a folder's entries to the disk, where the file system can do that. */
function settle(folder: string): void {
  try {
    const opened = fs.openSync(folder, "r");
    try {
      fs.fsyncSync(opened);
    } finally {
      fs.closeSync(opened);
    }
  } catch {
    // The files are whole, and the system writes their names later.
  }
}

/** Returns where a file is, or will be. Only regular files are replaced: renaming over a device would remove it. */
function targetOf(file: string): string {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return file;
  if (stat.isSymbolicLink()) {
    const target = realPath(file);
    if (fs.statSync(target).isFile()) return target;
  }
  throw Object.assign(new Error(`${file} cannot be replaced`), { code: fs.statSync(file).isDirectory() ? "EISDIR" : "EIRREGULAR" });
}

function realPath(link: string): string {
  try {
    return fs.realpathSync(link);
  } catch (error) {
    throw isDangling(link, error) ? Object.assign(new Error(`${link} leads nowhere`), { code: "EDANGLING" }) : error;
  }
}

const isThere = (file: string) => fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
const isDangling = (file: string, error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT" && isThere(file);
const modeOf = (file: string) => (fs.statSync(file, { throwIfNoEntry: false })?.mode ?? 0o644) & 0o777;

/** Runs an operation on a file. @throws FileError that names the file, the reason and the fix */
function named<T>(file: string, what: "read" | "written", work: () => T): T {
  try {
    return work();
  } catch (error) {
    const found = fileReason(error);
    if (found === undefined) throw error;
    throw new FileError(`${file} cannot be ${what}: ${found.reason}; ${found.fix}.`, String((error as NodeJS.ErrnoException).code));
  }
}

function entriesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
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
