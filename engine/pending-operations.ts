import { execFile } from "node:child_process";
import { promisify } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import { pendingIn, type PendingOperations, type Deployment } from "./deployment";

/** A large state must not be cut off (bytes), and a backend that does not answer must not block the run (milliseconds). */
const limits = { maxBuffer: 2 ** 28, timeout: 30_000 };

/**
 * Reads the pending operations of the last run from the CLI, since the engine does not pass them to a program. Without a CLI there are
 * none, and resources that exist already count as unmanaged.
 */
export async function readPending(): Promise<PendingOperations> {
  try {
    return pendingIn(await exportDeployment(pulumi.getStack()));
  } catch {
    return { creating: [], updating: [] };
  }
}

/** Exports a stack's state with the CLI. Its secrets are encrypted. @throws Error if the CLI fails */
export async function exportDeployment(stack: string): Promise<Deployment> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const { stdout } = await promisify(execFile)("pulumi", ["stack", "export", "--stack", name, "--non-interactive"], limits);
  return (JSON.parse(stdout) as { deployment: Deployment }).deployment;
}
