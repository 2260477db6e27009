import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** An absolute path: `~/` is the home folder, and a relative path starts at the project's. Providers run elsewhere and know neither. */
export function localPath(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(path);
}
