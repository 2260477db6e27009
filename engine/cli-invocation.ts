import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { basename, resolve } from "node:path";

/** A process as the operating system lists it. */
export interface ProcessEntry {
  readonly parent: number;
  readonly argv: readonly string[];
  /** The working directory; undefined if it is not known. */
  readonly cwd?: string;
}

/** The CLI's options without a value, which may precede the command. */
const BOOLEAN_FLAGS = new Set([
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

/** Matches the refresh option. `-r` may be combined with other letters. */
const REFRESH = /^(--refresh|-[a-z]*r)(=true)?$/i;

/** Matches the options that select resources, and the one to go on after an error. `-t` may be combined with other letters. */
const PARTIAL = /^(--(target|exclude)[a-z-]*|--continue-on-error|-[a-z]*[tx])(=|$)/i;

/** The number of parent processes to search. The language host and a shell or two are between the CLI and the program. */
const DEPTH = 8;

/** The command of the CLI. */
export interface EngineCommand {
  readonly verb: string;
  /** Whether the command refreshes the state first. */
  readonly refresh: boolean;
  /** Whether the command may leave out resources: it selects some, or goes on after an error. */
  readonly isPartial?: true;
  /** The stack file that the option `--config-file` names: an absolute path, or one from the project's folder. */
  readonly configFile?: string;
}

/**
 * Reads for which command the CLI runs the program, from the command lines of the parent processes. The engine does not say: it behaves the
 * same for `pulumi destroy --run-program`, with or without a refresh, as for an `up` without changes.
 *
 * @returns undefined if the CLI is not found
 */
export function readCommand(
  entry: (pid: number) => ProcessEntry | undefined = readProcess,
  pid = process.ppid,
  env = process.env,
): EngineCommand | undefined {
  let above = pid;
  for (let depth = 0; depth < DEPTH; depth++) {
    const found = entry(above);
    if (found === undefined) return undefined;
    const [program = "", ...args] = found.argv;
    if (/^pulumi(\.exe)?$/.test(basename(program))) {
      const verb = verbOf(args);
      if (verb === undefined) return undefined;
      const file = valueOf(args, "--config-file");
      return {
        verb,
        refresh: verb === "refresh" || args.some((arg) => REFRESH.test(arg)),
        ...(args.some((arg) => PARTIAL.test(arg)) || env["PULUMI_CONTINUE_ON_ERROR"] !== undefined ? { isPartial: true } : {}),
        ...(file === undefined ? {} : { configFile: resolve(found.cwd ?? "", valueOf(args, "--cwd", "-C") ?? "", file) }),
      };
    }
    above = found.parent;
  }
  return undefined;
}

/** Returns the value of an option. */
function valueOf(args: readonly string[], ...names: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => names.some((name) => arg === name || arg.startsWith(`${name}=`)));
  const arg = args[index];
  return arg?.includes("=") ? arg.slice(arg.indexOf("=") + 1) : args[index + 1 || args.length];
}

/** Whether a command destroys the stack. */
export const isDestroy = (command: EngineCommand | undefined): boolean => ["destroy", "down", "dn"].includes(command?.verb ?? "");

/** Returns the first word that is neither an option nor the value of one. */
function verbOf(args: readonly string[]): string | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-")) return arg;
    const takesNoValue = BOOLEAN_FLAGS.has(arg) || arg.includes("=") || (!arg.startsWith("--") && arg.length > 2);
    if (!takesNoValue) index++;
  }
  return undefined;
}

/** Reads a process from `/proc` on Linux, and with `ps` on other systems. */
function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      parent: Number(parent),
      argv: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"),
      cwd: readlinkSync(`/proc/${pid}/cwd`),
    };
  } catch {
    return process.platform === "linux" ? undefined : runPs(pid);
  }
}

function runPs(pid: number): ProcessEntry | undefined {
  try {
    const line = execFileSync("ps", ["-o", "ppid=,args=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const [parent, ...argv] = line.trim().split(/\s+/);
    return { parent: Number(parent), argv };
  } catch {
    return undefined;
  }
}
