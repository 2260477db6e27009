import { execFile } from "node:child_process";
import { promisify } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import { pendingIn, type PendingOperations, type Deployment } from "./deployment";

/** A state's size is no reason to cut it; a backend that does not answer is one to go on without: bytes, milliseconds. */
const limits = { maxBuffer: 2 ** 28, timeout: 30_000 };

/**
 * Asks the CLI what the last run of this stack was at when it was cut off: the engine tells a program only what was done. Nothing, where there is no
 * CLI to ask; then what is there already is a stranger's.
 */
export async function readPending(): Promise<PendingOperations> {
  try {
    return pendingIn(await exportDeployment(pulumi.getStack()));
  } catch {
    return { creating: [], updating: [] };
  }
}

/** Has the CLI print a stack's state; secrets in it are encrypted. @throws Error if it does not */
export async function exportDeployment(stack: string): Promise<Deployment> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const { stdout } = await promisify(execFile)("pulumi", ["stack", "export", "--stack", name, "--non-interactive"], limits);
  return (JSON.parse(stdout) as { deployment: Deployment }).deployment;
}
