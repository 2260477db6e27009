import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";

/** Returns links and addresses of the machine's own network namespace, without values that change by themselves. */
export async function network(): Promise<unknown> {
  const { stdout } = await execa("ip", ["-json", "address", "show"]);
  const links = JSON.parse(stdout) as Array<{ ifname: string; addr_info: Array<{ local: string; prefixlen: number }> }>;
  return links.map(({ ifname, addr_info }) => [ifname, addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`)]);
}

/** Returns the mount points of the machine's own mount namespace. */
export function mounts(): string[] {
  return fs
    .readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
}

/** Returns the folders of a cgroup in all of the machine's hierarchies. */
export function cgroups(name: string): string[] {
  const mount = "/sys/fs/cgroup";
  const candidates = [mount, ...fs.readdirSync(mount).map((entry) => path.join(mount, entry))];
  return [...new Set(candidates.map((folder) => path.join(folder, name)).filter((folder) => fs.existsSync(folder)))];
}

/** Returns the ids of the running processes in a cgroup. */
export function processesIn(name: string): string[] {
  const lists = cgroups(name).flatMap((folder) => [
    folder,
    ...fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => path.join(folder, entry.name)),
  ]);
  const ids = lists.flatMap((folder) => fs.readFileSync(path.join(folder, "cgroup.procs"), "utf8").split("\n"));
  return [...new Set(ids.filter((id) => id !== ""))];
}

/** Returns the ids of the processes that are running. */
export function living(ids: readonly string[]): string[] {
  return ids.filter((id) => {
    try {
      return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${id}/status`, "utf8"));
    } catch {
      return false;
    }
  });
}
