import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../config/user-error";
import { cacheFolder } from "../folders";

/** The user of a process, as the checks need it. */
interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Checks that no other user can put programs into the folder of the tools: the lab runs them as root.
 *
 * @throws UserError that names the folder and the command that helps
 */
export function requireOwnCache(folder = cacheFolder, user: User = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }): void {
  const tools = path.join(folder, "tools");
  for (const one of [folder, tools, ...namesIn(tools).map((name) => path.join(tools, name))]) {
    const stat = fs.statSync(one, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (stat.uid !== 0 && stat.uid !== user.uid) throw untrusted(one, "belongs to another user", `chown -R ${user.uid} ${folder}`);
    const isOpen = (stat.mode & 0o002) !== 0 || ((stat.mode & 0o020) !== 0 && stat.gid !== 0 && stat.gid !== user.gid);
    if (isOpen) throw untrusted(one, "can be changed by other users", `chmod -R go-w ${folder}`);
  }
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

const untrusted = (folder: string, why: string, command: string) =>
  new UserError(
    `${folder} ${why}, so the lab does not run the programs in it: if you trust them, run "${command}"; otherwise remove the folder, or set HOMELAB_CACHE.`,
  );
