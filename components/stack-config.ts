import { readFileSync } from "node:fs";
import { dirname } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { parseAmongOthers } from "../network/household";
import type { Plan, RouterCredentials } from "../network/plan";
import { HIDDEN, PlanError, quote, type Finding, type Problem } from "../network/problem";
import { PROJECT } from "../network/stack-file";
import { isInline, type KubeconfigContent } from "./kubeconfig";
import { localPath } from "./local-path";
import { readStackFiles } from "./stack-files";
import { userError } from "./user-error";

/** Everything the program works from: the plan, and what to reach cluster and router with. */
export interface Stack {
  readonly plan: Plan;
  /** An absolute path, or a secret with the kubeconfig's content. */
  readonly kubeconfig: pulumi.Input<string>;
  /** For the program's own questions to the cluster. */
  readonly kubeconfigContent: KubeconfigContent;
  readonly login: RouterLogin;
  /** Gives the place in the stack's file to what is found wrong with the cluster. */
  readonly locate: (finding: Finding) => Problem;
}

/** How to log in to the router: secrets, not to be shown. Several may be set; the provider asks an agent that is there in any case. */
export interface RouterLogin {
  readonly password?: string;
  readonly privateKey?: string;
  /** The agent's socket. */
  readonly agent?: string;
}

/**
 * Reads the configuration of the current stack, and compares it with the stack files of the project's folder. This is the only place that does, so that
 * nothing unchecked gets any further.
 *
 * @throws pulumi.RunError with every problem, which Pulumi prints without a stack trace.
 */
export function readStack(): Stack {
  try {
    const stack = parseAmongOthers(pulumi.getStack(), projectConfig(), readStackFiles(process.cwd()));
    const { plan, credentials, kubeconfig } = stack.parsed;
    const findings: Finding[] = [];
    const cluster = loadKubeconfig(kubeconfig, plan.cluster.context, findings);
    const login = loadLogin(credentials, findings);
    if (findings.length > 0) throw new PlanError(findings.map(stack.locate));
    for (const warning of stack.warnings) void pulumi.log.warn(warning);
    return { plan, ...cluster, login, locate: stack.locate };
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

function readText(key: string, path: string, wanted: string, findings: Finding[]): string | undefined {
  try {
    return readFileSync(localPath(path), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const rule = code === "ENOENT" ? `no such file as ${localPath(path)}` : `${localPath(path)} cannot be read (${code})`;
    findings.push({ path: key, value: quote(path), rule, fix: `set it to the path of ${wanted}` });
    return undefined;
  }
}

function loadLogin({ password, privateKey, privateKeyFile, agent }: RouterCredentials, findings: Finding[]): RouterLogin {
  const key =
    privateKey ??
    (privateKeyFile === undefined ? undefined : readText("router.privateKeyFile", privateKeyFile, "a private SSH key", findings));
  const socket = process.env["SSH_AUTH_SOCK"];
  if (agent && !socket) {
    const fix = "start an SSH agent, or set router.privateKeyFile instead";
    findings.push({ path: "router.agent", value: "true", rule: "no SSH agent: the variable SSH_AUTH_SOCK is not set", fix });
  }
  return {
    ...(password === undefined ? {} : { password }),
    ...(key === undefined ? {} : { privateKey: key }),
    ...(agent && socket ? { agent: socket } : {}),
  };
}

/** The provider would fall back to whatever cluster is at hand when file or context were missing, so both are looked at here. */
function loadKubeconfig(kubeconfig: string, context: string, findings: Finding[]): Pick<Stack, "kubeconfig" | "kubeconfigContent"> {
  const key = "cluster.kubeconfig";
  const inline = isInline(kubeconfig);
  const content = inline ? kubeconfig : readText(key, kubeconfig, "the cluster's kubeconfig", findings);
  if (content !== undefined) {
    const from = inline ? "the kubeconfig" : localPath(kubeconfig);
    const contexts = contextNames(content);
    if (contexts === undefined) {
      const fix = "set it to the path of a kubeconfig file, or to its content";
      findings.push({ path: key, value: inline ? HIDDEN : quote(kubeconfig), rule: "not a kubeconfig", fix });
    } else if (!contexts.includes(context)) {
      const fix = contexts.length > 0 ? `use one of ${contexts.join(", ")}` : `add a context to ${from}`;
      findings.push({ path: "cluster.context", value: quote(context), rule: `no such context in ${from}`, fix });
    }
  }
  const text = content ?? "";
  return inline
    ? { kubeconfig: pulumi.secret(kubeconfig), kubeconfigContent: { text, folder: process.cwd() } }
    : { kubeconfig: localPath(kubeconfig), kubeconfigContent: { text, folder: dirname(localPath(kubeconfig)) } };
}

/** Undefined where the text is no kubeconfig at all. */
function contextNames(text: string): string[] | undefined {
  try {
    const kubeconfig = parse(text) as unknown;
    if (typeof kubeconfig !== "object" || kubeconfig === null) return undefined;
    const { contexts } = kubeconfig as { contexts?: { name: string }[] | null };
    return (contexts ?? []).map(({ name }) => name);
  } catch {
    return undefined;
  }
}
