import * as fs from "node:fs";
import type { Host } from "./host";

/**
 * Returns the memory of the hosts' processes in bytes. Shared memory counts once (proportional set size). The page cache, which the kernel
 * frees when needed, does not count.
 */
export function memoryOf(hosts: readonly Host[]): number {
  const spaces = new Set(hosts.flatMap(({ process: who }) => (who === undefined ? [] : [fs.readlinkSync(`/proc/${who.pid}/ns/pid`)])));
  const processes = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.reduce((sum, pid) => sum + (inOneOf(pid, spaces) ? proportionalSetSize(pid) : 0), 0);
}

/** Whether a process belongs to one of the hosts. Pods have namespaces of their own below their node's, so ancestors are checked too. */
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
    // The process has ended meanwhile.
    return 0;
  }
}
