import * as fs from "node:fs";

import type { Lab } from "./lab";
import { Lines } from "./lines";
import { identity, isAlive, type ProcessIdentity } from "./process";
import { until } from "./wait";
import { pause } from "../config/poll";

/** At which moment an engine is killed, and what dies with it. */
export interface Moment {
  /** After so many events about changes, from 1, or after the first one with this text: each change has one when it begins and one when it is done. */
  readonly after: number | string;
  /** And so many milliseconds later; or when something has come about, such as what the engine was waiting for. */
  readonly delay: number | (() => Promise<boolean>);
  /** Its providers die so many milliseconds after it, and go on with what they are at until then: 0 is a power failure. */
  readonly alone: number;
}

/** What became of an engine that was to be killed. */
export interface Interruption {
  /** What it told up to then, such as `begins create Namespace metallb-system`. */
  readonly events: readonly string[];
  /** How it ended by itself, where it came to its end before that moment. */
  readonly exitCode?: number;
  /** What it printed. */
  readonly output: string;
}

/** An event of the engine, as far as it is looked at. */
interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: Step };
  readonly resOutputsEvent?: { readonly metadata: Step };
}

interface Step {
  readonly op: string;
  readonly urn: string;
}

/** What changes nothing. */
const IDLE = ["same", "read", "refresh"];

/**
 * Runs the engine on a stack without a preview, and kills it at a moment. Returns when all that it started is gone, and the router's script, which ends
 * by itself, is done.
 */
export async function interrupt(lab: Lab, stack: string, verb: "up" | "destroy", moment: Moment): Promise<Interruption> {
  const more = verb === "destroy" ? ["--run-program"] : [];
  const args = [verb, "--yes", "--skip-preview", "--json", "--non-interactive", ...more, "--stack", stack];
  const run = lab.engine.pulumi(args, { stdio: "pipe", reject: false });
  const events: string[] = [];
  let left: ProcessIdentity[] = [];
  let [struck, killed] = [false, false];
  const strike = (): void => {
    if (run.exitCode !== null) return;
    killed = true;
    left = killEngine(run.pid ?? 0);
    if (moment.alone === 0) killAll(left);
  };
  const lines = new Lines();
  let output = "";
  run.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    for (const told of lines.take(chunk.toString()).flatMap((line) => changeIn(line) ?? [])) {
      if (killed) return;
      const count = events.push(told);
      const isThen = typeof moment.after === "number" ? count === moment.after : told.includes(moment.after) && !struck;
      if (isThen) void wait(moment.delay).then(strike);
      struck ||= isThen;
    }
  });
  const { exitCode, stderr } = await run;
  // What differs from moment to moment is how far the providers come; no result is waited for here.
  if (killed && moment.alone > 0) await pause(moment.alone);
  killAll(left);
  await until("the end of the router's script", async () => !(await isScriptRunning(lab)));
  return { events, ...(killed ? {} : { exitCode }), output: `${output}${stderr}` };
}

/** Fails for nobody: an engine that is not struck comes to its end, and that is told. */
function wait(delay: Moment["delay"]): Promise<unknown> {
  return typeof delay === "number" ? pause(delay) : until("the moment to strike", delay, { interval: 20 }).catch(() => undefined);
}

function changeIn(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  const { resourcePreEvent, resOutputsEvent } = JSON.parse(line) as EngineEvent;
  const step = (resourcePreEvent ?? resOutputsEvent)?.metadata;
  if (step === undefined || IDLE.includes(step.op)) return undefined;
  const [, , types = "", ...name] = step.urn.split("::");
  return `${resourcePreEvent === undefined ? "ended" : "begins"} ${step.op} ${types.split(/[$:]/).at(-1)} ${name.join("::")}`;
}

/** Kills the engine, which is the only child of the command that entered the host, and returns what it has left behind. */
function killEngine(entrance: number): ProcessIdentity[] {
  const [engine] = childrenOf(entrance);
  if (engine === undefined) throw new Error(`process ${entrance} has no engine below it`);
  const left = descendantsOf(engine).flatMap((pid) => identity(pid) ?? []);
  process.kill(engine, "SIGKILL");
  return left;
}

/** Providers that nobody needs any more would stay for minutes. */
function killAll(left: readonly ProcessIdentity[]): void {
  for (const who of left) if (isAlive(who)) process.kill(who.pid, "SIGKILL");
}

/** By its lock, and by its command line, since it takes the lock a moment later. */
async function isScriptRunning(lab: Lab): Promise<boolean> {
  const { stdout } = await lab.router.host.exec(["sh", "-c", "ls /tmp; cat /proc/[0-9]*/cmdline"], { reject: false });
  return stdout.includes("homelab-network.lock") || stdout.includes("sh\0-s\0--\0");
}

/** None of a process that has ended meanwhile. */
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
