import * as pulumi from "@pulumi/pulumi";

import { PROJECT } from "../config/file-names";
import type { Plan } from "../config/plan";
import { PlanError } from "../config/problem";
import { resolveNextHop } from "./auto-gateway";
import { checkIdentity, type CheckedIdentity } from "./identity";
import { isInline, parseKubeconfig, type KubeconfigContent } from "../config/kubeconfig";
import { loadStack, type LoadedStack } from "../config/stack-loader";
import { NoAnswer } from "../cluster/api/kubeconfig";
import { nextHopIn } from "../engine/state-contents";
import { readStackState, type StackState } from "../engine/stack-state";
import { userError } from "../engine/run-error";

export type { RouterLogin } from "../config/stack-loader";

/** Everything the program works from: the plan, what to reach cluster and router with, and what it made of them before. */
export interface Stack extends OpenStack, StackState {
  readonly plan: Plan;
  /** What the comparison of its cluster with the recorded one gave. */
  readonly identity: CheckedIdentity;
}

/** The same before engine and cluster were asked. */
export interface OpenStack extends Omit<LoadedStack, "kubeconfig" | "warnings"> {
  /** An absolute path, or the content as a secret: the provider takes no path that is relative to the kubeconfig. */
  readonly kubeconfig: pulumi.Input<string>;
}

/**
 * Reads the configuration of the current stack, and compares it with the stack files of the project's folder. This is the only place that does, so that
 * nothing unchecked gets any further.
 *
 * @throws pulumi.RunError with every problem, which Pulumi prints without a stack trace.
 */
export function readStack(): OpenStack {
  try {
    const { kubeconfig, warnings, ...stack } = loadStack(pulumi.getStack(), projectConfig(), process.cwd());
    for (const warning of warnings) void pulumi.log.warn(warning);
    return { ...stack, kubeconfig: forProvider(kubeconfig, stack.kubeconfigContent) };
  } catch (error) {
    throw error instanceof PlanError ? userError(error.message) : error;
  }
}

/** The kubeconfig as the provider takes it. It resolves the paths in a kubeconfig from a folder of its own, where kubectl does from the kubeconfig's. */
function forProvider(kubeconfig: string, content: KubeconfigContent): pulumi.Input<string> {
  const { kubeconfig: parsed, hasRelativePaths } = parseKubeconfig(content);
  if (hasRelativePaths) return pulumi.secret(JSON.stringify(parsed));
  return isInline(kubeconfig) ? pulumi.secret(kubeconfig) : kubeconfig;
}

/**
 * Reads the stack's state, compares the cluster that answers with the recorded one, and then asks it for the next hop if the stack file leaves that open.
 *
 * @throws pulumi.RunError if it is another cluster, or there is no next hop
 */
export async function completeStack(stack: OpenStack): Promise<Stack> {
  const left = await readStackState();
  const identity = await checkIdentity({ ...stack, ...left });
  const { silence } = identity;
  const used = () => Promise.resolve(nextHopIn(left.state));
  const say = (text: string) => void pulumi.log.info(text);
  // A cluster that kept silent is not waited for once more.
  const nodes = silence instanceof NoAnswer ? { nodes: () => Promise.reject(silence) } : {};
  try {
    return { ...stack, ...left, identity, plan: await resolveNextHop(stack, { used, say, ...nodes }) };
  } catch (error) {
    throw error instanceof PlanError ? userError(error.message) : error;
  }
}

/** Every key of this project, also those that no one asked for: they may be misspelt. */
function projectConfig(): Record<string, unknown> {
  const prefix = `${PROJECT}:`;
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, text]) => [key.slice(prefix.length), fromJson(text)]));
}

/** Pulumi hands structured values over as JSON and plain ones as they are. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
