import { type EngineEvent, LocalWorkspace, Stack, StackNotFoundError } from "@pulumi/pulumi/automation";
import { messageOf, UserError } from "../../lab/errors";
import { duration } from "../../lab/progress";
import { redact } from "../ci/redact";
import { projectFolder } from "../place";
import { clusterOf, lanesOf } from "./lanes";
import type { Outcome, Verb } from "./outcome";
import type { Stop } from "./stop";
import { Watch } from "./watch";

/** How often an engine that says nothing is asked what it is at, in milliseconds. */
const HEARTBEAT = 15_000;

/** What a stop itself has the engine and the program say. */
const ECHOES = /^update canceled$|client connection is closing/;

/** Brings or previews stacks, each by an engine of its own: side by side where they change different clusters. One that fails stops no other. */
export async function runStacks(verb: Verb, names: readonly string[], stop: Stop, tell: (line: string) => void): Promise<Outcome[]> {
  const widest = Math.max(...names.map((name) => name.length));
  const tellOf = (name: string) => (text: string) => {
    for (const line of redact(text).split("\n")) tell(`${name.padEnd(widest)}  ${line}`);
  };
  const outcomes = new Map<string, Outcome>();
  const stacks = new Map<string, Stack>();
  const workspace = await workspaceOf();
  const selected = (await workspace.stack())?.name;
  // One after the other: each selection is written to the same file.
  for (const name of names) {
    try {
      stacks.set(name, await Stack.select(name, workspace));
    } catch (error) {
      outcomes.set(name, failed(name, error));
    }
  }
  if (selected !== undefined) await workspace.selectStack(selected);
  const placed = await Promise.all(
    [...stacks.keys()].map(async (stack) => {
      try {
        return [{ stack, cluster: await clusterOf(stack) }];
      } catch (error) {
        outcomes.set(stack, failed(stack, error));
        return [];
      }
    }),
  );
  await Promise.all(
    lanesOf(placed.flat()).map(async (lane) => {
      for (const name of lane) {
        const stack = stacks.get(name);
        if (stack !== undefined) outcomes.set(name, await runStack(verb, stack, stop, tellOf(name)));
      }
    }),
  );
  return names.flatMap((name) => outcomes.get(name) ?? []);
}

/** @throws UserError where the CLI is not there */
async function workspaceOf(): Promise<LocalWorkspace> {
  try {
    return await LocalWorkspace.create({ workDir: projectFolder() });
  } catch (error) {
    if (!/ENOENT/.test(messageOf(error))) throw error;
    throw new UserError("The Pulumi CLI is not on PATH: install it (https://www.pulumi.com/docs/iac/download-install/), or raise the lab.");
  }
}

/** One stack to its end; asked to stop, its engine gets the one interrupt that has it finish what it is at and write its state. */
async function runStack(verb: Verb, stack: Stack, stop: Stop, tell: (text: string) => void): Promise<Outcome> {
  const name = stack.name;
  if (stop.isRequested) return { stack: name, result: "not begun", changes: {}, seconds: 0, errors: [] };
  const watch = new Watch(verb, tell);
  const begun = Date.now();
  let said = "";
  const heartbeat = setInterval(() => watch.now !== undefined && tell(`still at ${watch.now}`), HEARTBEAT);
  const options = {
    onEvent: (event: EngineEvent) => watch.see(event),
    onError: (text: string) => void (said += text),
    signal: stop.signal,
    color: "never",
  } as const;
  const outcome = (result: Outcome["result"], errors: readonly string[] = []): Outcome => {
    tell(`${result}, ${duration((Date.now() - begun) / 1000)}`);
    return {
      stack: name,
      result,
      changes: watch.changes,
      seconds: (Date.now() - begun) / 1000,
      errors: errors.map((text) => redact(text)),
    };
  };
  stop.running.add(name);
  try {
    await (verb === "up" ? stack.up(options) : stack.preview(options));
    return outcome("done");
  } catch (error) {
    // The library's own message quotes the whole command and all that it printed.
    const errors = watch.errors.length > 0 ? watch.errors : [said.trim().replace(/^error: /, "") || messageOf(error)];
    if (!stop.isRequested) return outcome("failed", errors);
    return outcome(
      "stopped",
      errors.filter((text) => !ECHOES.test(text)),
    );
  } finally {
    clearInterval(heartbeat);
    stop.running.delete(name);
  }
}

/** Why a stack was never run. */
function failed(stack: string, error: unknown): Outcome {
  const isUnknown = error instanceof StackNotFoundError;
  const reason = isUnknown ? "the state has no such stack; make it by `make init`, or correct PULUMI_BACKEND_URL" : messageOf(error);
  return { stack, result: "failed", changes: {}, seconds: 0, errors: [redact(reason)] };
}
