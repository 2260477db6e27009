/** Why a file cannot be read or written, and the fix. */
export interface FileReason {
  readonly reason: string;
  readonly fix: string;
}

const permissions = "correct its owner or permissions";
const disk = "free some space, and run the command again";

/** The reasons by the operating system's code. Each completes "the file cannot be read: ...". */
const REASONS: Readonly<Record<string, FileReason>> = {
  ENOENT: { reason: "it does not exist", fix: "create it, or correct the path" },
  EISDIR: { reason: "it is a folder", fix: "rename or remove the folder, or name a file" },
  ENOTDIR: { reason: "a part of its path is a file, not a folder", fix: "correct the path" },
  ELOOP: { reason: "it is a symbolic link that leads to itself", fix: "correct or remove the link" },
  EACCES: { reason: "permission denied", fix: permissions },
  EPERM: { reason: "the system does not permit it", fix: permissions },
  EROFS: { reason: "its file system is read-only", fix: "mount it writable, or work in another folder" },
  ENOSPC: { reason: "no space is left on the disk", fix: disk },
  EDQUOT: { reason: "the disk quota is used up", fix: disk },
  EFBIG: { reason: "it would be too large", fix: disk },
  ENAMETOOLONG: { reason: "its name is too long", fix: "use a shorter name" },
  EEXIST: { reason: "it exists already", fix: "remove it, or choose another name" },
  EBUSY: { reason: "it is in use, such as by a mount", fix: "end its use, and run the command again" },
  ETXTBSY: { reason: "a program runs from it", fix: "end the program, and run the command again" },
  EIO: { reason: "the disk reports an error", fix: "check the disk" },
  EMFILE: { reason: "too many files are open", fix: "raise the limit, such as by ulimit -n" },
  ENFILE: { reason: "too many files are open", fix: "end other programs, and run the command again" },
  // Raised here, not by the system.
  EDANGLING: { reason: "it is a symbolic link to a file that does not exist", fix: "correct or remove the link" },
  EIRREGULAR: { reason: "it is not a regular file", fix: "name a regular file" },
  EHUGE: { reason: "it is larger than 16 MB", fix: "name the right file" },
};

/** System calls that are not for files. */
const NETWORK = /^(connect|getaddrinfo|listen|bind|accept|spawn|kill|uv_)/;

/** Returns the reason of a file operation's error; undefined for another error. */
export function fileReason(error: unknown): FileReason | undefined {
  const { code, syscall } = Object(error) as { code?: unknown; syscall?: unknown };
  if (typeof code !== "string" || !/^E[A-Z]+$/.test(code) || (typeof syscall === "string" && NETWORK.test(syscall))) return undefined;
  if (Object.hasOwn(REASONS, code)) return REASONS[code];
  return typeof syscall === "string" ? { reason: `the system reports ${code}`, fix: "check the file and its folder" } : undefined;
}
