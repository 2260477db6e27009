/** Read-only calls of the Pulumi CLI. */
import execa from "execa";
import { outputsIn, pendingIn, type PendingOperations, type Deployment } from "../../engine/deployment";
import type { Outputs } from "../../engine/state-contents";
import { findBackend, type Backend } from "../../engine/backend";
import { projectFolder } from "../../config/project";

/** The CLI's answer. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** The last line of its error output. */
  readonly reason: string;
}

/**
 * Runs the CLI in the project's folder.
 *
 * @param limit in seconds, after which the CLI is stopped
 * @param stop interrupts the CLI. A terminal already sends its interrupt to every process that was started from it
 * @returns undefined if the CLI is not installed
 */
export async function queryPulumi(args: readonly string[], limit = 8, stop?: AbortSignal): Promise<CliResult | undefined> {
  const run = execa("pulumi", args, {
    cwd: projectFolder(),
    reject: false,
    timeout: limit * 1000,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const end = () => (stop?.reason === "SIGINT" && process.stdin.isTTY ? undefined : run.kill("SIGINT"));
  stop?.addEventListener("abort", end);
  const result = await run.finally(() => stop?.removeEventListener("abort", end));
  if ((result as { code?: string }).code === "ENOENT") return undefined;
  const { exitCode = 1, stdout, stderr, timedOut } = result;
  const lastLine = stderr.trim().split("\n").at(-1) ?? "";
  return { exitCode, stdout, reason: timedOut ? `it did not answer within ${limit} s` : lastLine.replace(/^error: /, "") };
}

/** What is known of a stack's state. */
export interface StateReading {
  /** The outputs of each resource, by URN: empty if the stack was never deployed; undefined if the state cannot be read. */
  readonly outputs?: ReadonlyMap<string, Outputs>;
  /** The pending operations of an interrupted run. */
  readonly pending?: PendingOperations;
  /** The salt with which the state recognises its passphrase. */
  readonly salt?: string;
  /** Why `up` cannot use the state. */
  readonly blocker?: { readonly message: string; readonly fix: string };
}

/** Reads a stack's state, which needs no passphrase. */
export async function readState(stack: string): Promise<StateReading> {
  const result = await queryPulumi(["stack", "export", "--stack", stack, "--non-interactive"]);
  if (result === undefined)
    return { blocker: { message: "the Pulumi CLI is not on PATH, so the state cannot be read", fix: "install it" } };
  const { exitCode, reason, stdout } = result;
  if (exitCode !== 0) return unreadable(stack, reason, findBackend({ folder: projectFolder(), env: process.env }));
  const { deployment } = JSON.parse(stdout) as { deployment: Deployment | null };
  const salt = deployment?.secrets_providers?.state?.salt;
  return { outputs: outputsIn(deployment ?? {}), pending: pendingIn(deployment ?? {}), ...(salt === undefined ? {} : { salt }) };
}

/** Describes why the CLI cannot read a stack's state. */
export function unreadable(stack: string, reason: string, backend: Backend | undefined): StateReading {
  if (backend === undefined) {
    const message = "no backend is set: neither PULUMI_BACKEND_URL, nor backend.url in Pulumi.yaml, nor pulumi login names one";
    return { blocker: { message, fix: "set backend.url in Pulumi.yaml, such as file://./.pulumi-state" } };
  }
  const { displayUrl, source } = backend;
  const where = `the backend ${displayUrl}, which ${source} sets`;
  if (/no stack named|^unable to open bucket file:.*no such file/.test(reason)) {
    const fix = `make init creates it there${source === "Pulumi.yaml" ? "" : `; if its state is in another backend, correct ${source}`}`;
    return { outputs: new Map(), blocker: { message: `there is no stack ${stack} in ${where}`, fix } };
  }
  const damage = /^failed to load checkpoint: (.*)/.exec(reason)?.[1];
  if (damage !== undefined) {
    const fix = "restore it from its backup: docs/how-to/state-troubleshooting.md";
    return { blocker: { message: `the state of stack ${stack} in ${where}, is damaged: ${damage}`, fix } };
  }
  return { blocker: { message: `${where}, cannot be read: ${reason}`, fix: `correct ${source}, or log in to the backend` } };
}
