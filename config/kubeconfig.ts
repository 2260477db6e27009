import { quote, type Finding } from "./problem";
import { PrintableError } from "./user-error";
import { parseYaml } from "./yaml";

/** The content of a kubeconfig, which holds secrets, and the absolute path of the folder that its relative paths start from. */
export interface KubeconfigContent {
  readonly text: string;
  readonly folder: string;
}

/** Whether the kubeconfig in a stack file is the content, and not a path. */
export function isInline(kubeconfig: string): boolean {
  return kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
}

/** The settings of a cluster or a user, with the keys of a kubeconfig. */
export type KubeconfigEntry = Readonly<Record<string, unknown>>;

/** The parts of a kubeconfig that describe how to reach a cluster. */
export interface Kubeconfig {
  readonly clusters?: readonly { readonly name: string; readonly cluster?: KubeconfigEntry | null }[] | null;
  readonly users?: readonly { readonly name: string; readonly user?: KubeconfigEntry | null }[] | null;
  readonly contexts?: readonly { readonly name: string; readonly context?: { readonly cluster?: string; readonly user?: string } }[] | null;
}

const PATHS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * Parses a kubeconfig. Relative paths start at the kubeconfig's folder, as with kubectl.
 *
 * @returns the kubeconfig with absolute paths, and whether any path was relative
 * @throws PrintableError if the text is not YAML
 */
export function parseKubeconfig({ text, folder }: KubeconfigContent): { kubeconfig: Kubeconfig; hasRelativePaths: boolean } {
  let hasRelativePaths = false;
  const absolute = (path: string): string => {
    if (path.startsWith("/")) return path;
    hasRelativePaths = true;
    return `${folder}/${path}`;
  };
  const command = (value: unknown): unknown => {
    const exec = value as { command?: unknown } | null;
    // A command without a slash is looked up in PATH.
    const isPath = typeof exec?.command === "string" && exec.command.includes("/");
    return isPath ? { ...exec, command: absolute(exec.command as string) } : value;
  };
  const located = (entry: KubeconfigEntry | null | undefined): KubeconfigEntry =>
    Object.fromEntries(
      Object.entries(entry ?? {}).map(([key, value]) => {
        if (PATHS.includes(key) && typeof value === "string" && value !== "") return [key, absolute(value)];
        return [key, key === "exec" ? command(value) : value];
      }),
    );
  const content = kubeconfigIn(text);
  const kubeconfig = {
    ...content,
    contexts: listOf(content.contexts),
    clusters: listOf(content.clusters).map((one) => ({ ...one, cluster: located(one.cluster) })),
    users: listOf(content.users).map((one) => ({ ...one, user: located(one.user) })),
  };
  return { kubeconfig, hasRelativePaths };
}

/**
 * Returns a finding if the connection of a context accepts any certificate: any host at the address gets the credentials, and can say
 * what it likes about the cluster.
 */
export function findUnverified(content: KubeconfigContent, context: string): Finding | undefined {
  const { content: parsed } = parseYaml(content.text);
  const { clusters, contexts } = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Kubeconfig;
  const name = listOf(contexts).find((one) => one.name === context)?.context?.cluster;
  const cluster = listOf(clusters).find((one) => one.name === name)?.cluster;
  if (cluster?.["insecure-skip-tls-verify"] !== true) return undefined;
  return {
    path: "cluster.context",
    value: quote(context),
    rule: "its cluster has insecure-skip-tls-verify in the kubeconfig, so any host can pose as the cluster and get its credentials",
    fix: "write the cluster's certificate-authority-data into the kubeconfig instead",
  };
}

function kubeconfigIn(text: string): Kubeconfig {
  const { content, mistakes } = parseYaml(text);
  const [mistake] = mistakes;
  if (mistake !== undefined) throw new PrintableError(`line ${mistake.line} of the kubeconfig: ${mistake.rule}; ${mistake.fix}`);
  return typeof content === "object" && content !== null ? content : {};
}

/** Returns the entries of a list. A kubeconfig written by hand may have null in it, or instead of it. */
const listOf = <T>(list: readonly T[] | null | undefined): readonly T[] => (Array.isArray(list) ? (list as T[]).filter(Boolean) : []);
