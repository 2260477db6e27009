import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Returns an absolute path. `~/` is the home folder, and a relative path starts at the project's folder. Providers run in another folder
 * and know neither.
 */
export function localPath(path: string, folder = process.cwd()): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(folder, path);
}

/**
 * Returns the folder of the charts that are kept between runs. `HOMELAB_CACHE` sets another parent folder. It is not in the lab's folder,
 * where the lab accepts no files of a user without root's rights.
 */
export const chartCache = (): string => resolve(process.env["HOMELAB_CACHE"] ?? join(homedir(), ".cache"), "homelab-network-charts");
