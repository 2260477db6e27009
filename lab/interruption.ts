import * as fs from "node:fs";

import type { Lab } from "./lab";
import { Lines } from "./lines";
import { identity, isAlive, type ProcessIdentity } from "./process";
import { until } from "./wait";
import { pause } from "../config/poll";

/** The moment at which an engine is killed, and what is killed with it. */
export interface Moment {
  /** The number of events to wait for, from 1, or a text in an event. Each change has one event when it begins and one when it ends. */
  readonly after: number | string;
  /** The delay after the event in milliseconds, or a condition to wait for. */
  readonly delay: number | (() => Promise<boolean>);
  /** For how long providers outlive the engine, in milliseconds. 0 is a power failure. */
  readonly providerSurvival: number;
}

/** The result of interrupting an engine. */
export interface Interruption {
  /** The events until then, such as `begins create Namespace metallb-system`. */
  readonly events: readonly string[];
  /** The exit status, if the engine ended before that moment. */
  readonly exitCode?: number;
  /** The engine's output. */
  readonly output: string;
}

/** The parts of an engine event that are used here. */
interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: Step };
  readonly resOutputsEvent?: { readonly metadata: Step };
}

interface Step {
  readonly op: string;
  readonly urn: string;
}

/** Operations that change nothing. */
const UNCHANGED = ["same", "read", "refresh"];

/**
 * Runs the engine on a stack without a preview, and kills it at a moment. Returns when its child processes have been killed and the router's
 * script has ended by itself.
 */
export async function interrupt(lab: Lab, stack: string, verb: "up" | "destroy", moment: Moment): Promise<Interruption> {
  const more = verb === "destroy" ? ["--run-program"] : [];
  const args = [verb, "--yes", "--skip-preview", "--json", "--non-interactive", ...more, "--stack", stack];
  const run = lab.engine.pulumi(args, { stdio: "pipe", reject: false });
  const events: string[] = [];
  let survivors: ProcessIdentity[] = [];
  let [isMomentReached, killed] = [false, false];
  const killAtMoment = (): void => {
    if (run.exitCode !== null) return;
    killed = true;
    survivors = killEngine(run.pid ?? 0);
    if (moment.providerSurvival === 0) killAll(survivors);
  };
  const lines = new Lines();
  let output = "";
  run.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    for (const description of lines.take(chunk.toString()).flatMap((line) => changeIn(line) ?? [])) {
      if (killed) return;
      const count = events.push(description);
      const isReached = typeof moment.after === "number" ? count === moment.after : description.includes(moment.after) && !isMomentReached;
      if (isReached) void wait(moment.delay).then(killAtMoment);
      isMomentReached ||= isReached;
    }
  });
  const { exitCode, stderr } = await run;
  // The time for which providers outlive the engine is part of the test case, so it is a delay and not a condition.
  if (killed && moment.providerSurvival > 0) await pause(moment.providerSurvival);
  killAll(survivors);
  await until("the end of the router's script", async () => !(await isScriptRunning(lab)));
  return { events, ...(killed ? {} : { exitCode }), output: `${output}${stderr}` };
}

/** Waits, and never fails: if the moment does not come, the engine ends by itself, which the result shows. */
function wait(delay: Moment["delay"]): Promise<unknown> {
  return typeof delay === "number" ? pause(delay) : until("the moment to kill the engine", delay, { interval: 20 }).catch(() => undefined);
}

function changeIn(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  const { resourcePreEvent, resOutputsEvent } = JSON.parse(line) as EngineEvent;
  const step = (resourcePreEvent ?? resOutputsEvent)?.metadata;
  if (step === undefined || UNCHANGED.includes(step.op)) return undefined;
  const [, , types = "", ...name] = step.urn.split("::");
  return `${resourcePreEvent === undefined ? "ended" : "begins"} ${step.op} ${types.split(/[$:]/).at(-1)} ${name.join("::")}`;
}

/** Kills the engine, which is the only child of the command that entered the host. @returns its child processes */
function killEngine(nsenterPid: number): ProcessIdentity[] {
  const [engine] = childrenOf(nsenterPid);
  if (engine === undefined) throw new Error(`process ${nsenterPid} has no engine below it`);
  const survivors = descendantsOf(engine).flatMap((pid) => identity(pid) ?? []);
  process.kill(engine, "SIGKILL");
  return survivors;
}

/** Kills providers, which would otherwise keep running for minutes. */
function killAll(survivors: readonly ProcessIdentity[]): void {
  for (const child of survivors) if (isAlive(child)) process.kill(child.pid, "SIGKILL");
}

/** Whether the router's script is running: it has the lock, or it has started and does not have the lock yet. */
async function isScriptRunning(lab: Lab): Promise<boolean> {
  const { stdout } = await lab.router.host.exec(["sh", "-c", "ls /tmp; cat /proc/[0-9]*/cmdline"], { reject: false });
  return stdout.includes("homelab-network.lock") || stdout.includes("sh\0-s\0--\0");
}

/** Returns a process's children; none if the process has ended meanwhile. */
function childrenOf(pid: number): number[] {
  try {
    return fs
      .readdirSync(`/proc/${pid}/task`)
      .flatMap((thread) => fs.readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" "))
      .filter((word) => word.trim() !== "")
      .map(Number);
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}
