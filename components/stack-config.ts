import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { parseStackConfig } from "../network/config";
import type { Plan, RouterCredentials } from "../network/plan";
import { PlanError, type Problem } from "../network/problem";
import { localPath } from "./local-path";

/** Everything the program works from: the plan, and what to reach cluster and router with. */
export interface Stack {
  readonly plan: Plan;
  /** An absolute path, or a secret with the kubeconfig's content. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly login: RouterLogin;
}

/** How to log in to the router; both may be set. */
export interface RouterLogin {
  readonly password?: pulumi.Output<string>;
  readonly privateKey?: pulumi.Output<string>;
}

/**
 * Reads the configuration of the current stack. This is the only place that does, so that nothing unchecked gets any further.
 *
 * @throws pulumi.RunError with every problem, which Pulumi prints without a stack trace.
 */
export function readStack(): Stack {
  try {
    const { plan, credentials, kubeconfig } = parseStackConfig(pulumi.getStack(), projectConfig());
    const problems: Problem[] = [];
    const cluster = loadKubeconfig(kubeconfig, plan.cluster.context, problems);
    const login = loadLogin(credentials, problems);
    if (problems.length > 0) throw new PlanError(plan.stack, problems);
    return { plan, kubeconfig: cluster, login };
  } catch (error) {
    throw error instanceof PlanError ? new pulumi.RunError(error.message) : error;
  }
}

/** Every key of this project, also those that no one asked for: they may be misspelt. */
function projectConfig(): Record<string, unknown> {
  const prefix = `${pulumi.getProject()}:`;
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

function readText(key: string, path: string, wanted: string, problems: Problem[]): string | undefined {
  try {
    return readFileSync(localPath(path), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const rule = code === "ENOENT" ? `no such file as ${localPath(path)}` : `${localPath(path)} cannot be read (${code})`;
    problems.push({ path: key, value: JSON.stringify(path), rule, fix: `set it to the path of ${wanted}` });
    return undefined;
  }
}

function loadLogin({ password, privateKey, privateKeyFile }: RouterCredentials, problems: Problem[]): RouterLogin {
  const key =
    privateKey ??
    (privateKeyFile === undefined ? undefined : readText("router.privateKeyFile", privateKeyFile, "a private SSH key", problems));
  return {
    ...(password === undefined ? {} : { password: pulumi.secret(password) }),
    ...(key === undefined ? {} : { privateKey: pulumi.secret(key) }),
  };
}

/** The provider would fall back to whatever cluster is at hand when file or context were missing, so both are looked at here. */
function loadKubeconfig(kubeconfig: string, context: string, problems: Problem[]): pulumi.Input<string> {
  const key = "cluster.kubeconfig";
  const inline = kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
  const content = inline ? kubeconfig : readText(key, kubeconfig, "the cluster's kubeconfig", problems);
  if (content !== undefined) {
    const from = inline ? "the kubeconfig" : localPath(kubeconfig);
    const contexts = contextNames(content);
    if (contexts === undefined) {
      const fix = "set it to the path of a kubeconfig file, or to its content";
      problems.push({ path: key, ...(inline ? {} : { value: JSON.stringify(kubeconfig) }), rule: "not a kubeconfig", fix });
    } else if (!contexts.includes(context)) {
      const fix = contexts.length > 0 ? `use one of ${contexts.join(", ")}` : `add a context to ${from}`;
      problems.push({ path: "cluster.context", value: JSON.stringify(context), rule: `no such context in ${from}`, fix });
    }
  }
  return inline ? pulumi.secret(kubeconfig) : localPath(kubeconfig);
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
