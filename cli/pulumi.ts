import * as os from "node:os";
import execa from "execa";
import { projectFolder } from "../config/project";
import type { Deployment } from "../engine/deployment";
import { UserError } from "../config/user-error";

/** Runs the Pulumi CLI on a stack of the project. @throws UserError if it is not installed */
export async function pulumi(stack: string, args: readonly string[], options: execa.Options = {}): Promise<execa.ExecaReturnValue> {
  try {
    return await execa("pulumi", [...args, "--stack", stack], { cwd: projectFolder(), ...options });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UserError("The Pulumi CLI is not on PATH: install it (https://www.pulumi.com/docs/iac/download-install/), or start the lab.");
  }
}

/** A stack's state in the form that the CLI exports and imports. */
export interface StateExport {
  readonly version: number;
  readonly deployment: Deployment;
}

/** Reads a stack's whole state. */
export async function exportState(stack: string): Promise<StateExport> {
  return JSON.parse((await pulumi(stack, ["stack", "export"])).stdout) as StateExport;
}

/** Replaces a stack's state. */
export async function importState(stack: string, state: StateExport): Promise<void> {
  await pulumi(stack, ["stack", "import"], { input: JSON.stringify(state) });
}

/** Sets the exit status to that of a command; for a command that a signal ended, to the shell's number for the signal. */
export function exitLike({ exitCode, signal }: { exitCode?: number; signal?: string | undefined }): void {
  process.exitCode = exitCode ?? 128 + (os.constants.signals[signal as NodeJS.Signals] ?? 0);
}
