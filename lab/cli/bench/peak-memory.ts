import * as fs from "node:fs";
import * as path from "node:path";
import type { Host } from "../../host";

/** How often the processes are looked at, in milliseconds: what one had in its last moments before the end is not seen. */
const INTERVAL = 50;

/** What processes had at the most, in MiB. */
export interface Peaks {
  /** Of one process of each name, as {@link nameOf} has it: the largest, where there were several. */
  readonly peaks: ReadonlyMap<string, number>;
  /** Of all at one moment, without what they read from files: programs and libraries, which are in memory once for all that run them. */
  readonly together: number;
}

/**
 * Follows what is started on a host while something is done, and says how much memory it had; what ran there before does not count.
 *
 * @throws Error where the host is off; and what the work throws
 */
export async function peaksOf<T>(host: Pick<Host, "name" | "process">, work: () => Promise<T>): Promise<{ readonly result: T } & Peaks> {
  const init = host.process?.pid;
  if (init === undefined) throw new Error(`${host.name} is off`);
  // The host's own list: the processes of its namespace, whatever cgroup they were born in, and none of the machine's others.
  const list = `/proc/${init}/root/proc`;
  const before = new Set(processesIn(list));
  const peaks = new Map<string, number>();
  let together = 0;
  const look = (): void => {
    const seen = processesIn(list).flatMap((pid) => (before.has(pid) ? [] : (memoryIn(path.join(list, pid)) ?? [])));
    for (const { name, peak } of seen) peaks.set(name, Math.max(peak, peaks.get(name) ?? 0));
    together = Math.max(
      together,
      seen.reduce((sum, { own }) => sum + own, 0),
    );
  };
  const timer = setInterval(look, INTERVAL);
  try {
    const result = await work();
    look();
    return { result, peaks, together };
  } finally {
    clearInterval(timer);
  }
}

const processesIn = (list: string): string[] => fs.readdirSync(list).filter((name) => /^\d+$/.test(name));

/** One process, in MiB; undefined for one that has ended, or has not begun yet. */
function memoryIn(folder: string): { name: string; peak: number; own: number } | undefined {
  try {
    const argv = fs.readFileSync(path.join(folder, "cmdline"), "utf8").split("\0");
    const status = fs.readFileSync(path.join(folder, "status"), "utf8");
    // Not getrusage's figure: on Linux that one begins with what the parent of the process had.
    const of = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1024;
    return argv[0] === "" ? undefined : { name: nameOf(argv), peak: of("VmHWM"), own: of("RssAnon") + of("RssShmem") };
  } catch {
    return undefined;
  }
}

const PULUMI: Readonly<Record<string, string>> = {
  pulumi: "engine",
  "pulumi-language-nodejs": "language host",
  "pulumi-resource-kubernetes": "kubernetes provider",
  "pulumi-resource-command": "command provider",
};

/** What Node.js runs, by a part of its command line. */
const SCRIPTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\/@pulumi\/pulumi\/cmd\/run/, "program"],
  [/\/resource-command-v[^/]*\//, "command provider"],
  [/\/cli\/main\.ts$/, "homelab"],
];

/** What a process is in a run: `engine`, `language host`, `program`, `kubernetes provider`, `command provider`, `homelab`; else its file's name. */
export function nameOf(argv: readonly string[]): string {
  const program = path.basename(argv[0] ?? "");
  const script = program === "node" ? SCRIPTS.find(([part]) => argv.some((arg) => part.test(arg))) : undefined;
  return script?.[1] ?? PULUMI[program] ?? program;
}
