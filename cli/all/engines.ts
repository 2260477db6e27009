import * as os from "node:os";
import { type EngineEvent, LocalWorkspace, Stack, StackNotFoundError } from "@pulumi/pulumi/automation";
import { readStackFiles } from "../../config/stack-files";
import { messageOf, UserError } from "../../config/user-error";
import { isFollowUp, reasonsIn } from "../../engine/follow-up-errors";
import { duration } from "../../report/duration";
import { redact } from "../ci/redact";
import { projectFolder } from "../../config/project";
import { clusterOf, groupByCluster, type StackTarget } from "./target-cluster";
import type { Outcome, Verb } from "./outcome";
import { checkReachable } from "./reachable";
import { findShared, identify } from "./shared-clusters";
import { slotCount, slots } from "./slots";
import type { Stop } from "./stop";
import { Watch } from "./progress";

/** How often a silent engine reports its current operation, in milliseconds. */
const HEARTBEAT = 15_000;

const UNKNOWN = "the state has no such stack; create it with `make init`, or correct PULUMI_BACKEND_URL";

/**
 * Deploys or previews stacks, each with an engine of its own. Stacks of different clusters run side by side, as many as the machine has room
 * for. A failure of one stack does not stop the others. A stack whose cluster is unreachable fails without an engine, so that many
 * unreachable clusters cost no more time than one.
 *
 * @param check fails if the cluster is unreachable
 */
export async function runStacks(
  verb: Verb,
  names: readonly string[],
  stop: Pick<Stop, "isRequested" | "running" | "signal">,
  print: (line: string) => void,
  check: typeof checkReachable = checkReachable,
): Promise<Outcome[]> {
  const nameWidth = Math.max(...names.map((name) => name.length));
  const printerFor = (name: string) => (text: string) => {
    for (const line of redact(text).split("\n")) print(`${name.padEnd(nameWidth)}  ${line}`);
  };
  const outcomes = new Map<string, Outcome>();
  const files = readStackFiles(projectFolder());
  const identities = new Map<string, string>();
  const inSlot = slots(slotCount({ cores: os.availableParallelism(), memory: os.freemem() }));
  const resolveTarget = async (stack: string): Promise<StackTarget[]> => {
    const started = Date.now();
    try {
      const { cluster, server } = await clusterOf(stack, files, inSlot);
      if (server === undefined) return [{ stack, cluster }];
      await check(stack, server);
      const identity = await identify(server);
      if (identity !== undefined) identities.set(stack, identity);
      return [{ stack, cluster: identity ?? cluster }];
    } catch (error) {
      outcomes.set(stack, failed(stack, messageOf(error), started));
      printerFor(stack)(`failed, ${duration((Date.now() - started) / 1000)}`);
      return [];
    }
  };
  const [workspace, ...targets] = await Promise.all([workspaceOf(), ...names.map(resolveTarget)]);
  const shared = await findShared(identities);
  for (const [stack, reason] of shared) {
    outcomes.set(stack, failed(stack, reason, Date.now()));
    printerFor(stack)("failed, not begun");
  }
  await Promise.all(
    groupByCluster(targets.flat().filter(({ stack }) => !shared.has(stack))).map(async (ofCluster) => {
      for (const name of ofCluster) {
        const run = async () => runStack(verb, await stackOf(name, workspace), stop, printerFor(name));
        outcomes.set(name, await inSlot(run));
      }
    }),
  );
  return names.flatMap((name) => outcomes.get(name) ?? []);
}

/** @throws UserError if the CLI is not installed */
async function workspaceOf(): Promise<LocalWorkspace> {
  try {
    const workspace = await LocalWorkspace.create({ workDir: projectFolder() });
    // Every run names its stack. Selecting one would change the user's own selection, and start the CLI once more for each stack.
    workspace.selectStack = () => Promise.resolve();
    return workspace;
  } catch (error) {
    if (!/ENOENT/.test(messageOf(error))) throw error;
    throw new UserError("The Pulumi CLI is not on PATH: install it (https://www.pulumi.com/docs/iac/download-install/), or start the lab.");
  }
}

/** Returns a stack without outputs and history: to read them, the Automation API starts the CLI three more times after a run. */
async function stackOf(name: string, workspace: LocalWorkspace): Promise<Stack> {
  const stack = await Stack.select(name, workspace);
  return Object.assign(stack, { outputs: () => Promise.resolve({}), info: () => Promise.resolve(undefined) });
}

/** Runs one stack. On a stop, its engine gets one interrupt, so that it finishes its current operation and writes its state. */
async function runStack(verb: Verb, stack: Stack, stop: Parameters<typeof runStacks>[2], print: (text: string) => void): Promise<Outcome> {
  const name = stack.name;
  if (stop.isRequested) return { stack: name, result: "not begun", changes: {}, seconds: 0, errors: [] };
  const watch = new Watch(verb, print);
  const started = Date.now();
  let stderr = "";
  const heartbeat = setInterval(() => watch.now !== undefined && print(`still working on ${watch.now}`), HEARTBEAT);
  const options = {
    onEvent: (event: EngineEvent) => watch.onEvent(event),
    onError: (text: string) => void (stderr += text),
    signal: stop.signal,
    color: "never",
  } as const;
  const outcome = (result: Outcome["result"], errors: readonly string[] = []): Outcome => {
    print(`${result}, ${duration((Date.now() - started) / 1000)}`);
    return {
      stack: name,
      result,
      changes: watch.changes,
      seconds: (Date.now() - started) / 1000,
      errors: errors.map((text) => redact(text)),
    };
  };
  stop.running.add(name);
  try {
    await (verb === "up" ? stack.up(options) : stack.preview(options));
    return outcome("done");
  } catch (error) {
    if (error instanceof StackNotFoundError) return outcome("failed", [UNKNOWN]);
    // The library's own message quotes the whole command and all of its output.
    const errors = watch.errors.length > 0 ? watch.errors : [stderr.trim().replace(/^error: /, "") || messageOf(error)];
    if (!stop.isRequested) return outcome("failed", reasonsIn(errors));
    return outcome(
      "stopped",
      errors.filter((text) => !isFollowUp(text)),
    );
  } finally {
    clearInterval(heartbeat);
    stop.running.delete(name);
  }
}

/** The outcome of a stack whose engine was never started. */
function failed(stack: string, reason: string, started: number): Outcome {
  return { stack, result: "failed", changes: {}, seconds: (Date.now() - started) / 1000, errors: [redact(reason)] };
}
