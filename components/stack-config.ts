import * as pulumi from "@pulumi/pulumi";

import { PlanError } from "../network/problem";
import { PROJECT } from "../network/stack-file";
import { isInline } from "./kubeconfig";
import { loadStack, type LoadedStack } from "./stack-loader";
import { userError } from "./user-error";

export type { RouterLogin } from "./stack-loader";

/** Everything the program works from: the plan, and what to reach cluster and router with. */
export interface Stack extends Omit<LoadedStack, "kubeconfig" | "warnings"> {
  /** An absolute path, or a secret with the kubeconfig's content. */
  readonly kubeconfig: pulumi.Input<string>;
}

/**
 * Reads the configuration of the current stack, and compares it with the stack files of the project's folder. This is the only place that does, so that
 * nothing unchecked gets any further.
 *
 * @throws pulumi.RunError with every problem, which Pulumi prints without a stack trace.
 */
export function readStack(): Stack {
  try {
    const { kubeconfig, warnings, ...stack } = loadStack(pulumi.getStack(), projectConfig(), process.cwd());
    for (const warning of warnings) void pulumi.log.warn(warning);
    return { ...stack, kubeconfig: isInline(kubeconfig) ? pulumi.secret(kubeconfig) : kubeconfig };
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
