import { dirname } from "node:path";

import type { ChartValues, StackSource } from "./parse";
import { parseWithOthers } from "./household";
import type { UnresolvedPlan, RouterCredentials } from "./plan";
import { formatProblem, HIDDEN, PlanError, quote, type Finding, type Problem } from "./problem";
import { findUnverified, isInline, type KubeconfigContent } from "./kubeconfig";
import { localPath } from "./local-path";
import { valueAt } from "./path";
import { findOpenFile, readRegular } from "./read-file";
import { readStackFiles, withConfigFile } from "./stack-files";
import { parseYaml } from "./yaml";

/** A stack's configuration with the files that it names, loaded without the engine. */
export interface LoadedStack {
  readonly plan: UnresolvedPlan;
  /** An absolute path, or the content, which holds secrets. */
  readonly kubeconfig: string;
  readonly kubeconfigContent: KubeconfigContent;
  readonly login: RouterLogin;
  readonly values: ChartValues;
  /** Adds file and line to a finding that cluster or router cause. */
  readonly locate: (finding: Finding) => Problem;
  /** One line for each other stack file that could not be compared completely, and for what makes a secret less safe. */
  readonly warnings: readonly string[];
}

/** The secrets for the login to the router, which must not be shown. Several may be set. The provider always tries a running SSH agent. */
export interface RouterLogin {
  readonly password?: string;
  readonly privateKey?: string;
  /** The socket of the SSH agent. */
  readonly agent?: string;
}

/**
 * Parses a stack's configuration, compares it with the stack files in a folder, and reads the files that it names.
 *
 * @param configFile the file that the configuration was read from. @default the stack's file in the folder
 * @param secretKeys the keys of the configuration that the engine counts as secret
 * @throws PlanError with every problem
 */
export function loadStack(
  name: string,
  config: StackSource["config"],
  folder: string,
  configFile?: string,
  secretKeys: readonly string[] = [],
): LoadedStack {
  const own = readStackFiles(folder);
  const files = configFile === undefined ? own : withConfigFile(own, name, configFile, folder);
  const { parsed, locate, warnings } = parseWithOthers(name, config, files, secretKeys);
  const { plan, credentials, kubeconfig, values } = parsed;
  const cluster = loadKubeconfig(kubeconfig, plan.cluster.context, folder);
  const router = loadLogin(credentials, folder);
  const findings = [...cluster.findings, ...router.findings];
  if (findings.length > 0) throw new PlanError(findings.map(locate));
  const risks = [findUnverified(cluster.content, plan.cluster.context), findOpenKey(credentials, folder)];
  return {
    plan,
    kubeconfig: isInline(kubeconfig) ? kubeconfig : localPath(kubeconfig, folder),
    kubeconfigContent: cluster.content,
    login: router.login,
    values,
    locate,
    warnings: [...warnings, ...risks.flatMap((finding) => (finding === undefined ? [] : [formatProblem(locate(finding))]))],
  };
}

/** Reads the private key file, and finds the SSH agent, that the credentials name. */
export function loadLogin(credentials: RouterCredentials, folder: string): { login: RouterLogin; findings: Finding[] } {
  const { password, privateKey, privateKeyFile, agent } = credentials;
  const findings: Finding[] = [];
  const read = (path: string) => readText("router.privateKeyFile", path, folder, "a private SSH key", findings);
  // Some editors begin a file with a byte order mark, which the provider does not read.
  const key = (privateKey ?? (privateKeyFile === undefined ? undefined : read(privateKeyFile)))?.replace(/^\uFEFF/, "");
  const socket = process.env["SSH_AUTH_SOCK"];
  if (agent && !socket) {
    const fix = "start an SSH agent, or set router.privateKeyFile instead";
    findings.push({ path: "router.agent", value: "true", rule: "no SSH agent: the variable SSH_AUTH_SOCK is not set", fix });
  }
  const login = {
    ...(password === undefined ? {} : { password }),
    ...(key === undefined ? {} : { privateKey: key }),
    ...(agent && socket ? { agent: socket } : {}),
  };
  return { login, findings };
}

/** Returns a finding if other users of the machine can use the router's key. */
export function findOpenKey({ privateKeyFile }: RouterCredentials, folder: string): Finding | undefined {
  const open = privateKeyFile === undefined ? undefined : findOpenFile(localPath(privateKeyFile, folder));
  return open && { path: "router.privateKeyFile", value: quote(privateKeyFile), ...open };
}

/** Reads a kubeconfig and checks that it has the context. Without this check the provider would fall back to the default kubeconfig. */
export function loadKubeconfig(kubeconfig: string, context: string, folder: string): { content: KubeconfigContent; findings: Finding[] } {
  const key = "cluster.kubeconfig";
  const inline = isInline(kubeconfig);
  const findings: Finding[] = [];
  const text = inline ? kubeconfig : readText(key, kubeconfig, folder, "the cluster's kubeconfig", findings);
  if (text !== undefined) {
    const from = inline ? "the kubeconfig" : localPath(kubeconfig, folder);
    const contexts = contextNames(text);
    if (contexts === undefined) {
      const fix = "set it to the path of a kubeconfig file, or to its content";
      findings.push({ path: key, value: inline ? HIDDEN : quote(kubeconfig), rule: "not a kubeconfig", fix });
    } else if (!contexts.includes(context)) {
      const fix = contexts.length > 0 ? `use one of ${contexts.join(", ")}` : `add a context to ${from}`;
      findings.push({ path: "cluster.context", value: quote(context), rule: `no such context in ${from}`, fix });
    }
  }
  const content = { text: text ?? "", folder: inline ? folder : dirname(localPath(kubeconfig, folder)) };
  return { content, findings };
}

function readText(key: string, path: string, folder: string, fileKind: string, findings: Finding[]): string | undefined {
  const file = localPath(path, folder);
  try {
    return readRegular(file).toString("utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const rule = code === "ENOENT" ? `no such file as ${file}` : `${file} cannot be read (${code})`;
    findings.push({ path: key, value: quote(path), rule, fix: `set it to the path of ${fileKind}` });
    return undefined;
  }
}

/** Returns the names of the contexts; undefined if the text is not a kubeconfig. */
function contextNames(text: string): string[] | undefined {
  const { content } = parseYaml(text);
  if (typeof content !== "object" || content === null) return undefined;
  const { contexts } = content as { contexts?: unknown };
  const entries: readonly unknown[] = Array.isArray(contexts) ? contexts : [];
  return entries.flatMap((entry) => {
    const name = valueAt(entry, ["name"]);
    return typeof name === "string" ? [name] : [];
  });
}
