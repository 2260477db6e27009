/** Where a command's network is: on the operator host of a lab that is raised, or on this machine. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import execa from "execa";
import { UserError } from "../config/user-error";
import { labFolders, repository } from "../lab/folders";
import { Lab } from "../lab/lab";
import { plansOf } from "../config/plans";
import { takeStock } from "../lab/tools/toolbox";

/** On the operator host, the project folder of its lab. */
const PROJECT_FOLDER = "HOMELAB_PROJECT";

export const folders = () => labFolders(process.env["LAB"] || "lab");

/** The lab, where all of it is up. */
export async function raisedLab(): Promise<Lab | undefined> {
  const lab = await findLab();
  return lab?.isUp ? lab : undefined;
}

async function findLab(): Promise<Lab | undefined> {
  if (!fs.existsSync(folders().record)) return undefined;
  const { box, missing } = await takeStock();
  return missing.length > 0 ? undefined : new Lab(folders(), plansOf(repository), box);
}

/** Options of every command that works on a network. */
export interface PlaceOptions {
  /** The household's own network, also where a lab is up. */
  readonly own?: boolean;
}

/**
 * A command that runs where its network is. With a lab up it is started once more on the lab's operator host, with that one's stack files, state and
 * Pulumi CLI, and so needs to know of no lab; its words, output and exit status are passed through.
 * @param work gets what the command line's library passes on: arguments, and then the options
 */
export function onItsNetwork<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    const { own = false } = args.find((arg): arg is Args[number] & PlaceOptions => typeof arg === "object" && arg !== null) ?? {};
    const lab = own || process.env[PROJECT_FOLDER] !== undefined ? undefined : await findLab();
    // A node that is down makes it no other network.
    if (lab === undefined || !lab.operator.isOn) return work(...args);
    lab.refreshProject();
    const child = onOperator(lab, process.argv.slice(2), { stdio: "inherit", reject: false });
    const stop = passSignals(child);
    passOn(await child.finally(stop));
  };
}

/** Has signals end what was started in its own way. A terminal sends its interrupt to all that it has started by itself. @returns what ends that */
function passSignals({ pid }: execa.ExecaChildProcess): () => void {
  const handlers = (["SIGHUP", "SIGINT", "SIGTERM"] as const).map((signal) => {
    const handler = () => {
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      // The program is the child of nsenter, which is deaf.
      const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
      for (const id of children.filter((text) => text !== "")) process.kill(Number(id), signal);
    };
    process.on(signal, handler);
    return () => process.removeListener(signal, handler);
  });
  return () => handlers.forEach((remove) => remove());
}

/** Runs the `homelab` command line on a lab's operator host. @param project the folder with the stack files that it works on */
export function onOperator(
  lab: Lab,
  args: readonly string[],
  options: execa.Options = {},
  project = lab.folders.project,
): execa.ExecaChildProcess {
  const env = { ...lab.engine.environment, ...options.env, [PROJECT_FOLDER]: project };
  // Its files are the machine's, and paths begin where the user is.
  const folder = process.env["HOMELAB_FOLDER"] ?? process.cwd();
  const argv = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", folder, path.join(repository, "bin", "homelab"), ...args];
  return lab.operator.attend(argv, { ...options, env });
}

/** The folder with the stack files of the network that the command works on. */
export const projectFolder = (): string => process.env[PROJECT_FOLDER] ?? repository;

/** The Pulumi CLI on a stack of the project. @throws UserError where it is not installed */
export async function pulumi(stack: string, args: readonly string[], options: execa.Options = {}): Promise<execa.ExecaReturnValue> {
  try {
    return await execa("pulumi", [...args, "--stack", stack], { cwd: projectFolder(), ...options });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UserError("The Pulumi CLI is not on PATH: install it (https://www.pulumi.com/docs/iac/download-install/), or raise the lab.");
  }
}

/** Ends with the status of the command that was run; where a signal ended it, with the shell's number for that. */
export function passOn({ exitCode, signal }: { exitCode?: number; signal?: string | undefined }): void {
  process.exitCode = exitCode ?? 128 + (os.constants.signals[signal as NodeJS.Signals] ?? 0);
}
