import * as os from "node:os";
import execa from "execa";
import { projectFolder } from "../config/project";
import type { Deployment } from "../engine/deployment";
import { UserError } from "../config/user-error";

/** The Pulumi CLI on a stack of the project. @throws UserError where it is not installed */
export async function pulumi(stack: string, args: readonly string[], options: execa.Options = {}): Promise<execa.ExecaReturnValue> {
  try {
    return await execa("pulumi", [...args, "--stack", stack], { cwd: projectFolder(), ...options });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UserError("The Pulumi CLI is not on PATH: install it (https://www.pulumi.com/docs/iac/download-install/), or start the lab.");
  }
}

/** A stack's state as the CLI prints and takes it. */
export interface StateExport {
  readonly version: number;
  readonly deployment: Deployment;
}

/** Reads a stack's whole state. */
export async function exportState(stack: string): Promise<StateExport> {
  return JSON.parse((await pulumi(stack, ["stack", "export"])).stdout) as StateExport;
}

/** Puts a state in the place of the stack's. */
export async function importState(stack: string, state: StateExport): Promise<void> {
  await pulumi(stack, ["stack", "import"], { input: JSON.stringify(state) });
}

/** Ends with the status of the command that was run; where a signal ended it, with the shell's number for that. */
export function passOn({ exitCode, signal }: { exitCode?: number; signal?: string | undefined }): void {
  process.exitCode = exitCode ?? 128 + (os.constants.signals[signal as NodeJS.Signals] ?? 0);
}
