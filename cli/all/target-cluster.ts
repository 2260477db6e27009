import { parse } from "yaml";
import { stackOf } from "../../config/file-names";
import { apiServerOf, contentOf, type ApiServer } from "../../cluster/api/kubeconfig";
import { parseAmongOthers, type StackAmongOthers } from "../../config/household";
import { readStackFile, type StackText } from "../../config/stack-file";
import { readStack } from "../adopt/engine";
import { projectFolder } from "../../config/project";
import type { InSlot } from "./slots";

/** A stack, and what says which cluster it changes. */
export interface Placed {
  readonly stack: string;
  readonly cluster: string;
}

/** What may go on side by side: stacks of one cluster are one lane, one after the other. */
export function groupByCluster(stacks: readonly Placed[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { stack, cluster } of stacks) groups.set(cluster, [...(groups.get(cluster) ?? []), stack]);
  return [...groups.values()];
}

/** The cluster that a stack changes. */
export interface TargetCluster {
  /** As the kubeconfig names it. */
  readonly cluster: string;
  /** How to ask it; undefined where only the engine finds the way, or says what is wrong with it. */
  readonly server?: ApiServer;
}

/**
 * Says which cluster a stack changes.
 *
 * @param files all of the project
 * @param inSlot bounds how many CLIs are asked at once
 * @throws UserError where the stack's configuration is refused
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
    // The engine will say what is wrong with it.
    return { cluster: unknown };
  }
}

/** A stack as its file has it, where that is all that there is to know: the CLI takes its time to say the same. */
function parsedByFile(stack: string, files: readonly StackText[]): StackAmongOthers | undefined {
  const text = files.find(({ file }) => stackOf(file) === stack);
  const file = text && readStackFile(text);
  if (file === undefined || file.encrypted.size > 0) return undefined;
  // What is wrong with it may be right by a value in Pulumi.yaml, which the CLI knows of.
  return attempt(() => parseAmongOthers(stack, file.config, files));
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

/** The address of a context's API server. */
export function serverOf(kubeconfig: string, context: string): string | undefined {
  const { clusters = [], contexts = [] } = parse(kubeconfig) as Kubeconfig;
  const name = contexts.find((one) => one.name === context)?.context.cluster;
  return clusters.find((one) => one.name === name)?.cluster.server?.replace(/\/+$/, "");
}
