import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** A process as the system lists it. */
export interface ProcessEntry {
  readonly parent: number;
  readonly argv: readonly string[];
}

/** The CLI's options before its verb that take no value. */
const BARE = new Set([
  "-e",
  "-h",
  "-Q",
  "--disable-integrity-checking",
  "--emoji",
  "--fully-qualify-stack-names",
  "--help",
  "--logflow",
  "--logtostderr",
  "--non-interactive",
]);

/** `-r` may stand among other letters. */
const REFRESH = /^(--refresh|-[a-z]*r)(=true)?$/i;

/** How far above the program the CLI may be: the language host is between them, and a shell or two. */
const DEPTH = 8;

/** What the CLI was asked for. */
export interface EngineCommand {
  readonly verb: string;
  /** Whether it looks first at what there is of everything. */
  readonly refresh: boolean;
}

/**
 * What the CLI runs the program for. The engine does not tell: its answers are the same for `pulumi destroy --run-program`, and with a refresh, as for an
 * `up` that changes nothing. So the CLI's command line is looked for among the processes above this one.
 *
 * @returns undefined where none is found
 */
export function readCommand(entry: (pid: number) => ProcessEntry | undefined = readProcess, pid = process.ppid): EngineCommand | undefined {
  let above = pid;
  for (let depth = 0; depth < DEPTH; depth++) {
    const found = entry(above);
    if (found === undefined) return undefined;
    const [program = "", ...args] = found.argv;
    if (/^pulumi(\.exe)?$/.test(basename(program))) {
      const verb = verbOf(args);
      return verb === undefined ? undefined : { verb, refresh: verb === "refresh" || args.some((arg) => REFRESH.test(arg)) };
    }
    above = found.parent;
  }
  return undefined;
}

/** Whether a command takes the stack away. */
export const isDestroy = (command: EngineCommand | undefined): boolean => ["destroy", "down", "dn"].includes(command?.verb ?? "");

/** The first word that is no option, nor the value of one. */
function verbOf(args: readonly string[]): string | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-")) return arg;
    const isAlone = BARE.has(arg) || arg.includes("=") || (!arg.startsWith("--") && arg.length > 2);
    if (!isAlone) index++;
  }
  return undefined;
}

/** Linux has a folder for each process, others have `ps`. */
function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(parent), argv: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0") };
  } catch {
    return process.platform === "linux" ? undefined : askPs(pid);
  }
}

function askPs(pid: number): ProcessEntry | undefined {
  try {
    const line = execFileSync("ps", ["-o", "ppid=,args=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const [parent, ...argv] = line.trim().split(/\s+/);
    return { parent: Number(parent), argv };
  } catch {
    return undefined;
  }
}
