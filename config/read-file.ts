/** Reads files. Only regular files are read: a pipe or a device would block, or never end. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync, statSync } from "node:fs";

import { fileReason } from "./file-error";
import { UserError } from "./user-error";

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
 * Reads a regular file.
 *
 * @throws an error that {@link fileReason} explains
 */
export function readRegular(file: string): Buffer {
  let opened: number;
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw isDangling(file, error) ? Object.assign(new Error(`${file} leads nowhere`), { code: "EDANGLING" }) : error;
  }
  try {
    const stat = fstatSync(opened);
    const code = stat.isDirectory() ? "EISDIR" : !stat.isFile() ? "EIRREGULAR" : stat.size > LARGEST ? "EHUGE" : undefined;
    if (code !== undefined) throw Object.assign(new Error(`${file} cannot be read`), { code });
    return readFileSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Returns a document's text; undefined if there is none. @throws FileError if it cannot be read */
export function readDocument(file: string): string | undefined {
  if (!isThere(file)) return undefined;
  return named(file, "read", () => readRegular(file).toString("utf8"));
}

/** Follows a symbolic link. @throws an error that {@link fileReason} explains */
export function realPath(link: string): string {
  try {
    return realpathSync(link);
  } catch (error) {
    throw isDangling(link, error) ? Object.assign(new Error(`${link} leads nowhere`), { code: "EDANGLING" }) : error;
  }
}

/** Whether there is a file of any kind, a dangling link included. */
export const isThere = (file: string) => lstatSync(file, { throwIfNoEntry: false }) !== undefined;
const isDangling = (file: string, error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT" && isThere(file);
/** Runs an operation on a file. @throws FileError that names the file, the reason and the fix */
export function named<T>(file: string, what: "read" | "written", work: () => T): T {
  try {
    return work();
  } catch (error) {
    const found = fileReason(error);
    if (found === undefined) throw error;
    throw new FileError(`${file} cannot be ${what}: ${found.reason}; ${found.fix}.`, String((error as NodeJS.ErrnoException).code));
  }
}

/** A file that other users can read or write, and the command that changes that. */
export interface OpenFile {
  readonly rule: string;
  readonly fix: string;
}

/** Checks the permissions of a file with a secret; undefined if only its owner can use it, or if it cannot be read. */
export function findOpenFile(file: string): OpenFile | undefined {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return undefined;
  const octal = (mode & 0o777).toString(8).padStart(3, "0");
  const verb = (mode & 0o022) === 0 ? "read" : "change";
  return { rule: `other users of this machine may ${verb} ${file} (mode ${octal})`, fix: `chmod 600 ${file}` };
}
