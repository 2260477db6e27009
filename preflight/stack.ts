import * as pulumi from "@pulumi/pulumi";
import * as runtimeConfig from "@pulumi/pulumi/runtime/config";

import { PROJECT } from "../config/file-names";
import type { Plan } from "../config/plan";
import { PlanError } from "../config/problem";
import { resolveNextHop } from "./auto-gateway";
import { checkIdentity, type CheckedIdentity } from "./identity";
import { providerKubeconfig } from "../cluster/api/provider-kubeconfig";
import { loadStack, type LoadedStack } from "../config/stack-loader";
import { NoResponse } from "../cluster/api/kubeconfig";
import { nextHopIn } from "../engine/state-contents";
import { readCommand } from "../engine/cli-invocation";
import { readStackState, type StackState } from "../engine/stack-state";
import { userError } from "../engine/run-error";
import * as log from "../engine/log";

export type { RouterLogin } from "../config/stack-loader";

/** The input of the program: the plan, the connections to cluster and router, and the state of the last run. */
export interface Stack extends UnresolvedStack, StackState {
  readonly plan: Plan;
  /** The comparison of the cluster's identity with the recorded one. */
  readonly identity: CheckedIdentity;
}

/** A stack as configured, before state and cluster are read. */
export interface UnresolvedStack extends Omit<LoadedStack, "kubeconfig" | "values" | "warnings"> {
  /** An absolute path, or the content as a secret. The provider does not resolve a path relative to the kubeconfig. */
  readonly kubeconfig: pulumi.Input<string>;
  /** The values of MetalLB's chart, with each secret as a secret. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads the current stack's configuration and compares it with the other stack files of the project. Only this function reads the
 * configuration, so all of it is checked.
 *
 * @throws pulumi.RunError with every problem, which Pulumi prints without a stack trace
 */
export function readStack(): UnresolvedStack {
  try {
    const config = projectConfig();
    const loaded = loadStack(pulumi.getStack(), config, process.cwd(), readCommand()?.configFile, Object.keys(config).filter(isSecretKey));
    const { kubeconfig, warnings, values, ...stack } = loaded;
    for (const warning of warnings) log.warn(warning);
    const { text, isContent } = providerKubeconfig(kubeconfig, stack.kubeconfigContent);
    return { ...stack, kubeconfig: isContent ? pulumi.secret(text) : text, values: values((secret) => pulumi.secret(secret)) };
  } catch (error) {
    throw error instanceof PlanError ? userError(error.message) : error;
  }
}

/**
 * Reads the stack's state, compares the cluster's identity with the recorded one, and then chooses the next hop if the stack file says
 * `auto`.
 *
 * @throws pulumi.RunError if it is another cluster, or if there is no next hop
 */
export async function completeStack(stack: UnresolvedStack): Promise<Stack> {
  const left = await readStackState();
  const identity = await checkIdentity({ ...stack, ...left });
  const { noResponse } = identity;
  const previousHop = () => Promise.resolve(nextHopIn(left.state));
  // A second request to a cluster that did not answer would only wait for another timeout.
  const nodes = noResponse instanceof NoResponse ? { nodes: () => Promise.reject(noResponse) } : {};
  try {
    return { ...stack, ...left, identity, plan: await resolveNextHop(stack, { previousHop, log: log.info, ...nodes }) };
  } catch (error) {
    throw error instanceof PlanError ? userError(error.message) : error;
  }
}

/** Returns every key of this project, including unknown ones, which the parser reports as misspelt. */
function projectConfig(): Record<string, unknown> {
  const prefix = `${PROJECT}:`;
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, text]) => [key.slice(prefix.length), fromJson(text)]));
}

/** Whether the engine counts a key as secret, because a value in it is. The SDK has this function without a type. */
const isSecretKey = (key: string): boolean => (runtimeConfig as unknown as SecretKeys).isConfigSecret?.(`${PROJECT}:${key}`) ?? false;

interface SecretKeys {
  readonly isConfigSecret?: (key: string) => boolean;
}

/** Parses a value. Pulumi passes structured values as JSON, plain ones as text, and an empty section as an empty text. */
function fromJson(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
