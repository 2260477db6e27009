/** Read-only calls of the Pulumi CLI. */
import execa from "execa";
import { outputsIn, pendingIn, type PendingOperations, type Deployment } from "../../engine/deployment";
import type { Outputs } from "../../engine/state-contents";
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
  /** Why `up` cannot use the state. */
  readonly blocker?: { readonly message: string; readonly fix: string };
}

/** Reads a stack's state, which needs no passphrase. */
export async function readState(stack: string): Promise<StateReading> {
  const result = await queryPulumi(["stack", "export", "--stack", stack, "--non-interactive"]);
  if (result === undefined)
    return { blocker: { message: "the Pulumi CLI is not on PATH, so the state cannot be read", fix: "install it" } };
  const { exitCode, reason, stdout } = result;
  if (exitCode !== 0) {
    const isNew = /no stack named|^unable to open bucket file:.*no such file/.test(reason);
    return {
      ...(isNew ? { outputs: new Map() } : {}),
      blocker: { message: reason, fix: isNew ? "make init" : "see PULUMI_BACKEND_URL and Pulumi.yaml" },
    };
  }
  const { deployment } = JSON.parse(stdout) as { deployment: Deployment };
  return { outputs: outputsIn(deployment), pending: pendingIn(deployment) };
}
