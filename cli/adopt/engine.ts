/** Reads from the Pulumi CLI what adoption needs to know of a stack, and edits the stack's state. */
import { stackOf } from "../../config/file-names";
import type { StackObject } from "./survey";
import { readStackFiles } from "../../config/stack-files";
import { UserError } from "../../config/user-error";
import { parseWithOthers, type CheckedStack } from "../../config/household";
import { reasonsIn } from "../../engine/follow-up-errors";
import { IDENTITY } from "../../engine/state-contents";
import type { KubeObject } from "../../cluster/manifests/kube-object";
import { PlanError } from "../../config/problem";
import { printedConfig, type StackText } from "../../config/stack-file";
import { withoutResources, type Deployment, type StateResource } from "../../engine/deployment";
import { exportState, importState, pulumi } from "../pulumi";
import { projectFolder } from "../../config/project";

/**
 * Reads a stack's configuration as the program gets it, with the encrypted values of its file.
 *
 * @param files all stack files of the project
 * @throws UserError with every problem of the configuration
 */
export async function readStack(stack: string, files: readonly StackText[] = readStackFiles(projectFolder())): Promise<CheckedStack> {
  const known = files.flatMap(({ file }) => stackOf(file) ?? []);
  if (!known.includes(stack)) throw new UserError(`There is no stack "${stack}": the stacks are ${known.join(", ")}.`);
  const { exitCode, stdout, stderr } = await pulumi(stack, ["config", "--json", "--show-secrets"], { reject: false });
  if (exitCode !== 0) throw new UserError(`Pulumi cannot read the configuration of stack ${stack}:\n${stderr.trim()}`);
  try {
    return parseWithOthers(stack, printedConfig(stdout), files);
  } catch (error) {
    throw error instanceof PlanError ? new UserError(error.message) : error;
  }
}

interface Preview {
  readonly steps?: readonly { readonly op: string; readonly newState?: StateResource }[];
  readonly diagnostics?: readonly { readonly severity: string; readonly message: string }[];
}

/** Reads the objects that the stack would create now, and those in its state. @throws UserError if the program rejects the plan */
export async function readObjects(stack: string): Promise<StackObject[]> {
  const { exitCode, stdout, stderr } = await pulumi(stack, ["preview", "--json", "--non-interactive"], { reject: false });
  const preview = parsed(stdout);
  if (exitCode !== 0 || preview?.steps === undefined) {
    const errors = (preview?.diagnostics ?? []).filter(({ severity }) => severity === "error").map(({ message }) => message.trim());
    throw new UserError(`pulumi preview of ${stack} fails, so nothing was changed:\n${reasonsIn(errors).join("\n") || stderr || stdout}`);
  }
  const created = preview.steps.flatMap(({ op, newState }) => (op === "create" && newState !== undefined ? [newState] : []));
  return [...created.filter(isObject).map(({ inputs }) => ({ object: inputs })), ...(await readOwnObjects(stack))];
}

/** Reads the cluster objects in the stack's state. */
export async function readOwnObjects(stack: string): Promise<Required<StackObject>[]> {
  const resources = (await exportState(stack)).deployment.resources ?? [];
  return resources.filter(isObject).map(({ inputs, outputs }) => ({ object: inputs, manager: String(outputs?.["__fieldManager"]) }));
}

/** Removes the stack's cluster objects from its state, and leaves the cluster alone. @returns the number of objects */
export async function forgetCluster(stack: string): Promise<number> {
  const state = await exportState(stack);
  const resources = state.deployment.resources ?? [];
  const deployment = withoutCluster(state.deployment);
  await importState(stack, { ...state, deployment });
  return resources.filter(isObject).length;
}

/**
 * Whether a resource belongs to the stack's cluster: a child of the cluster component (its provider included), the protection, which depends
 * on these, or the record of the cluster's identity.
 */
export function isOfCluster(urn: string): boolean {
  const types = (urn.split("::")[2] ?? "").split("$");
  const isChild = ["homelab:network:ClusterNetwork", "homelab:network:Protection"].some((type) => types.includes(type));
  return isChild || urn.endsWith(`::pulumi:index:Stash::${IDENTITY}`);
}

/** Returns a state without the cluster's resources, without pending operations on them, and without the output with the cluster's identity. */
export function withoutCluster(deployment: Deployment): Deployment {
  const { resources = [], ...rest } = withoutResources(deployment, isOfCluster);
  return { ...rest, resources: resources.map(withoutIdentity) };
}

/** Removes the identity from the stack's own outputs, which keep it until the next deployment. */
function withoutIdentity(resource: StateResource): StateResource {
  const { type, outputs } = resource;
  if (type !== "pulumi:pulumi:Stack" || outputs === undefined) return resource;
  return { ...resource, outputs: Object.fromEntries(Object.entries(outputs).filter(([key]) => key !== "cluster")) };
}

/** Whether a resource is an object of the cluster. */
function isObject(resource: StateResource): resource is StateResource & { inputs: KubeObject } {
  return resource.custom === true && resource.type.startsWith("kubernetes:") && resource.inputs?.["apiVersion"] !== undefined;
}

function parsed(text: string): Preview | undefined {
  try {
    return JSON.parse(text) as Preview;
  } catch {
    return undefined;
  }
}
