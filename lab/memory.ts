import * as fs from "node:fs";
import type { Host } from "./host";

/**
 * The memory that the hosts' processes use, in bytes: what they share with each other counts once (proportional set size).
 * The page cache, which the kernel gives back when it is needed, is not in it.
 */
export function memoryOf(hosts: readonly Host[]): number {
  const spaces = new Set(hosts.flatMap(({ process: who }) => (who === undefined ? [] : [fs.readlinkSync(`/proc/${who.pid}/ns/pid`)])));
  const processes = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.reduce((sum, pid) => sum + (inOneOf(pid, spaces) ? proportionalSetSize(pid) : 0), 0);
}

/** Pods have process namespaces below their node's: a process counts where it or an ancestor is in one of the hosts'. */
function inOneOf(pid: string, spaces: ReadonlySet<string>): boolean {
  for (let current = pid; Number(current) > 1; current = parentOf(current)) {
    try {
      if (spaces.has(fs.readlinkSync(`/proc/${current}/ns/pid`))) return true;
    } catch {
      return false;
    }
  }
  return false;
}

function parentOf(pid: string): string {
  try {
    return /^PPid:\s+(\d+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  } catch {
    return "0";
  }
}

function proportionalSetSize(pid: string): number {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    // It ended meanwhile.
    return 0;
  }
}
