import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../config/user-error";
import { until } from "./wait";
import { pause } from "../config/poll";

const mount = "/sys/fs/cgroup";

/** Whether the machine has cgroup v2, with one hierarchy. With v1 there is one hierarchy for each controller. */
export const unified = fs.existsSync(path.join(mount, "cgroup.controllers"));

/** Returns the root folders of all hierarchies, without links such as cpu,cpuacct -> cpu. */
function hierarchies(): string[] {
  if (unified) return [mount];
  return fs
    .readdirSync(mount, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(mount, entry.name))
    .filter((folder) => fs.existsSync(path.join(folder, "cgroup.procs")));
}

/** Creates the cgroup in every hierarchy. @returns the files to which a process writes its id to join */
export function makeCgroup(name: string): string[] {
  return hierarchies().map((hierarchy) => {
    let folder = hierarchy;
    for (const part of name.split("/")) {
      const parent = folder;
      if (unified) delegate(parent);
      folder = path.join(folder, part);
      fs.mkdirSync(folder, { recursive: true });
      // A v1 cpuset accepts no process until it has CPUs and memory.
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        const source = path.join(parent, file);
        if (!unified && fs.existsSync(source)) fs.writeFileSync(path.join(folder, file), fs.readFileSync(source));
      }
    }
    return path.join(folder, "cgroup.procs");
  });
}

/** Enables all controllers for children on v2, because kubelet rejects a root group without them. */
function delegate(folder: string): void {
  const words = (file: string): string[] =>
    fs
      .readFileSync(path.join(folder, file), "utf8")
      .split(/\s+/)
      .filter((word) => word !== "");
  const missing = words("cgroup.controllers").filter((controller) => !words("cgroup.subtree_control").includes(controller));
  if (missing.length > 0)
    fs.writeFileSync(path.join(folder, "cgroup.subtree_control"), missing.map((controller) => `+${controller}`).join(" "));
}

/** Kills every process of the cgroup and of its children, recorded or not, and waits until all have ended. */
export async function endProcesses(name: string): Promise<void> {
  const folder = path.join(hierarchies()[0] ?? mount, name);
  await until(
    `the processes of ${name} to end`,
    () => {
      const left = fs.existsSync(folder) ? processesIn(folder) : [];
      for (const pid of left) kill(pid);
      return left.length === 0;
    },
    { interval: 20 },
  );
}

function processesIn(folder: string): number[] {
  const own = fs
    .readFileSync(path.join(folder, "cgroup.procs"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
  const children = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...own, ...children.flatMap((entry) => processesIn(path.join(folder, entry.name)))];
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The process has already ended.
  }
}

/** Removes the cgroup and its children after their processes have ended. */
export async function removeCgroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const folder = path.join(hierarchy, name);
    for (let tries = 0; fs.existsSync(folder) && tries < 100; tries++) {
      try {
        removeTree(folder);
      } catch {
        // Busy: the kernel needs a moment to release the last process.
        await pause(100);
      }
    }
    if (fs.existsSync(folder))
      throw new UserError(`${folder} could not be removed: something is still in it; see its cgroup.procs, then run this again.`);
    removeIfEmpty(path.dirname(folder));
  }
}

function removeTree(folder: string): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) removeTree(path.join(folder, entry.name));
  fs.rmdirSync(folder);
}

function removeIfEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // The folder still has cgroups of another lab.
  }
}
