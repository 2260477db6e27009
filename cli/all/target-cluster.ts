import { parse } from "yaml";
import { stackOf } from "../../config/file-names";
import { apiServerOf, contentOf, type ApiServer } from "../../cluster/api/kubeconfig";
import { parseWithOthers, type CheckedStack } from "../../config/household";
import { readStackFile, type StackText } from "../../config/stack-file";
import { readStack } from "../adopt/engine";
import { projectFolder } from "../../config/project";
import type { InSlot } from "./slots";

/** A stack and its cluster. */
export interface StackTarget {
  readonly stack: string;
  readonly cluster: string;
}

/** Groups stacks by cluster: stacks of one cluster must run one after the other. */
export function groupByCluster(stacks: readonly StackTarget[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { stack, cluster } of stacks) groups.set(cluster, [...(groups.get(cluster) ?? []), stack]);
  return [...groups.values()];
}

/** The cluster that a stack changes. */
export interface TargetCluster {
  /** The cluster's name in the kubeconfig. */
  readonly cluster: string;
  /** The API server; undefined if only the engine can find it, or can say what is wrong with the kubeconfig. */
  readonly server?: ApiServer;
}

/**
 * Returns the cluster that a stack changes.
 *
 * @param files all stack files of the project
 * @param inSlot limits how many CLIs run at once
 * @throws UserError if the stack's configuration is rejected
 */
export async function clusterOf(stack: string, files: readonly StackText[], inSlot: InSlot): Promise<TargetCluster> {
  const { parsed } = parsedByFile(stack, files) ?? (await inSlot(() => readStack(stack, files)));
  const { context } = parsed.plan.cluster;
  const unknown = `${context} of ${parsed.kubeconfig}`;
  try {
    const content = contentOf(parsed.kubeconfig, projectFolder());
    const server = attempt(() => apiServerOf(content, context));
    return { cluster: serverOf(content.text, context) ?? unknown, ...(server === undefined ? {} : { server }) };
  } catch {
    // The engine reports what is wrong with the kubeconfig.
    return { cluster: unknown };
  }
}

/** Parses a stack without the CLI, which takes a second; undefined if the stack file has encrypted values or a problem. */
function parsedByFile(stack: string, files: readonly StackText[]): CheckedStack | undefined {
  const text = files.find(({ file }) => stackOf(file) === stack);
  const file = text && readStackFile(text);
  if (file === undefined || file.encrypted.size > 0) return undefined;
  // A value in Pulumi.yaml, which only the CLI reads, may fix the problem.
  return attempt(() => parseWithOthers(stack, file.config, files));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

interface Kubeconfig {
  readonly clusters?: readonly { readonly name: string; readonly cluster: { readonly server?: string } }[];
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
}

/** Returns the URL of a context's API server. */
export function serverOf(kubeconfig: string, context: string): string | undefined {
  const { clusters = [], contexts = [] } = parse(kubeconfig) as Kubeconfig;
  const name = contexts.find((one) => one.name === context)?.context.cluster;
  return clusters.find((one) => one.name === name)?.cluster.server?.replace(/\/+$/, "");
}
