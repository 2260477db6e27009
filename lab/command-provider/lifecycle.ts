import { randomBytes } from "node:crypto";
import type { Log } from "./engine-log";
import { run, type Outputs, type Run } from "./run";
import { reveal, secret, UNKNOWN, type Properties } from "./values";

/** What every operation on a resource needs. */
export interface Surroundings {
  readonly log: Log;
  readonly cancelled: AbortSignal;
}

const NO_OUTPUTS: Outputs = { stdout: "", stderr: "" };
const UNKNOWN_OUTPUTS: Outputs = { stdout: UNKNOWN, stderr: UNKNOWN };

const TYPE = "command:remote:Command";

/** Returns a resource's name. @throws Error if this plugin does not serve the resource of this URN, `urn:pulumi:stack::project::types::name` */
export function resourceName(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  const type = types.slice(types.lastIndexOf("$") + 1);
  if (type !== TYPE)
    throw new Error(`The lab's command provider serves ${TYPE} only, not ${type}: install the official command provider for it.`);
  return name.join("::");
}

export async function create(
  urn: string,
  inputs: Properties,
  preview: boolean,
  around: Surroundings,
): Promise<{ id: string; state: Properties }> {
  const id = resourceName(urn) + randomBytes(4).toString("hex");
  if (preview) return { id, state: stateOf(inputs, UNKNOWN_OUTPUTS) };
  const outputs = await runText(inputs["create"], inputs, NO_OUTPUTS, around);
  return { id, state: stateOf(inputs, outputs ?? NO_OUTPUTS) };
}

/** Runs `update`, or else `create` again, over the new connection. Without both, the outputs stay. */
export async function update(state: Properties, inputs: Properties, preview: boolean, around: Surroundings): Promise<Properties> {
  if (preview) return stateOf(inputs, UNKNOWN_OUTPUTS);
  const before = { stdout: state["stdout"] ?? "", stderr: state["stderr"] ?? "" };
  const outputs = await runText(inputs["update"] ?? inputs["create"], inputs, reveal(before) as unknown as Outputs, around);
  return stateOf(inputs, outputs ?? before);
}

/** Runs the state's `delete` over the state's connection. A new connection counts only after an update. */
export async function remove(state: Properties, around: Surroundings): Promise<void> {
  const { stdout = "", stderr = "" } = reveal(state) as Partial<Record<keyof Outputs, string>>;
  await runText(state["delete"], state, { stdout, stderr }, around);
}

const stateOf = (inputs: Properties, outputs: { readonly [key in keyof Outputs]: Properties[string] }): Properties => ({
  ...inputs,
  ...(inputs["connection"] === undefined ? {} : { connection: secret(inputs["connection"]) }),
  ...outputs,
});

async function runText(
  text: Properties[string] | undefined,
  inputs: Properties,
  before: Outputs,
  around: Surroundings,
): Promise<Outputs | undefined> {
  if (text === undefined) return undefined;
  const what = { ...(reveal(inputs) as object), ...before } as Run;
  return run(reveal(text) as string, what, around.log, around.cancelled);
}
