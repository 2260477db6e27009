import { parse } from "yaml";
import { contentOf } from "../../components/kubeconfig";
import { readStack } from "../adopt/engine";
import { projectFolder } from "../place";

/** A stack, and what says which cluster it changes. */
export interface Placed {
  readonly stack: string;
  readonly cluster: string;
}

/** What may go on side by side: stacks of one cluster are one lane, one after the other. */
export function lanesOf(stacks: readonly Placed[]): string[][] {
  const lanes = new Map<string, string[]>();
  for (const { stack, cluster } of stacks) lanes.set(cluster, [...(lanes.get(cluster) ?? []), stack]);
  return [...lanes.values()];
}

/** The cluster that a stack changes, as its kubeconfig names it. @throws UserError where the stack's configuration is refused */
export async function clusterOf(stack: string): Promise<string> {
  const { parsed } = await readStack(stack);
  const { context } = parsed.plan.cluster;
  try {
    return serverOf(contentOf(parsed.kubeconfig, projectFolder()).text, context) ?? `${context} of ${parsed.kubeconfig}`;
  } catch {
    // The engine will say what is wrong with it.
    return `${context} of ${parsed.kubeconfig}`;
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
