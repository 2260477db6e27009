import * as fs from "node:fs";
import execa from "execa";

/** The unique identity of a process: ids are reused, but never with the same start time in the same boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly started: string;
  readonly boot: string;
}

const bootId = (): string => fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

function startTime(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie holds no resources: it counts as ended.
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Returns the identity of a running process; undefined if there is none. */
export function identity(pid: number): ProcessIdentity | undefined {
  const started = startTime(pid);
  return started === undefined ? undefined : { pid, started, boot: bootId() };
}

export function isAlive(who: ProcessIdentity): boolean {
  return who.boot === bootId() && startTime(who.pid) === who.started;
}

/** Runs a command and returns its standard output. An error has the command's output. */
export async function run(command: string, args: readonly string[], options: execa.Options = {}): Promise<string> {
  const result = await execa(command, [...args], { stdin: "ignore", ...options });
  return result.stdout;
}
