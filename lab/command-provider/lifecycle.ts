import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Log } from "./engine-log";
import { run, type Outputs, type Run } from "./run";
import { INPUTS } from "./fields";
import { content, isUnknown, reveal, secret, UNKNOWN, type Properties, type Value } from "./values";

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

/**
 * Runs `update`, or else `create` again, over the new connection. Without both, the outputs stay. A preview shows unknown outputs if an input is
 * unknown, or is no longer what the state has.
 */
export async function update(state: Properties, inputs: Properties, preview: boolean, around: Surroundings): Promise<Properties> {
  const { stdout = "", stderr = "" } = reveal(state) as Partial<Outputs>;
  const before = { stdout, stderr };
  if (preview) return stateOf(inputs, Object.keys(INPUTS).some((key) => changes(state[key], inputs[key])) ? UNKNOWN_OUTPUTS : before);
  const outputs = await runText(inputs["update"] ?? inputs["create"], inputs, before, around);
  return stateOf(inputs, outputs ?? before);
}

/** Whether a new value makes the outputs of a preview unknown. As in release 1.2.1, an added input does not. */
const changes = (before: Value | undefined, after: Value | undefined): boolean =>
  isUnknown(after === undefined ? after : content(after)) || (before !== undefined && !isDeepStrictEqual(before, after));

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
