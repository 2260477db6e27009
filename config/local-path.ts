import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Returns an absolute path. `~/` is the home folder, and a relative path starts at the project's folder. Providers run in another folder
 * and know neither.
 */
export function localPath(path: string, folder = process.cwd()): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(folder, path);
}
