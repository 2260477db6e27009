import type { RequestOptions } from "node:https";
import { basename } from "node:path";

import type { KubeconfigEntry } from "../../config/kubeconfig";
import { LoginFailed } from "./no-response";

/** The options that a login adds to a request. */
export type LoginOptions = Pick<RequestOptions, "cert" | "key" | "headers" | "auth" | "agent">;

/** The settings of a kubeconfig that need more than certificates and a token. */
const SETTINGS = ["exec", "auth-provider", "username", "as", "proxy-url"];

/** The time limit of a login in milliseconds. The user may have to confirm it in a browser. */
const LIMIT = 60_000;

/** Whether the cluster is reachable only with the Kubernetes client library. */
export function needsLogin(cluster: KubeconfigEntry, user: KubeconfigEntry): boolean {
  return SETTINGS.some((key) => key in cluster || key in user);
}

const logins = new Map<string, Login>();

/** Returns the login of a context. The same settings share one login, so that a login program runs once. */
export function loginFor(context: string, cluster: KubeconfigEntry, user: KubeconfigEntry, limit = LIMIT): Login {
  const key = JSON.stringify([context, cluster, user, limit]);
  const login = logins.get(key) ?? new Login(context, cluster, user, limit);
  logins.set(key, login);
  return login;
}

/** A login with the Kubernetes client library. The library is loaded only if needed: loading it takes longer than the requests of a preview. */
export class Login {
  private known: Promise<LoginOptions> | undefined;

  constructor(
    private readonly context: string,
    private readonly cluster: KubeconfigEntry,
    private readonly user: KubeconfigEntry,
    private readonly limit: number,
  ) {}

  /** Logs in, unless it has done so before. @throws LoginFailed */
  options(): Promise<LoginOptions> {
    this.known ??= this.logIn();
    return this.known;
  }

  /** Discards a login that the server rejected, so that the next request logs in again. */
  async forget(rejected: LoginOptions): Promise<void> {
    if ((await this.known) === rejected) this.known = undefined;
  }

  private async logIn(): Promise<LoginOptions> {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    const options: RequestOptions = {};
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error(), { code: `silent for ${this.limit / 1000} s` })), this.limit);
    });
    try {
      config.loadFromString(this.asText());
      await Promise.race([config.applyToHTTPSOptions(options), late]);
    } catch (error) {
      // The error's text may contain a secret, because it quotes the output of the login program.
      const reason = reasonIn(error);
      throw new LoginFailed(
        `${this.method()} of the kubeconfig's context ${this.context} gives no credentials (${reason})`,
        this.fix(reason),
      );
    } finally {
      clearTimeout(timer);
    }
    const { cert, key, headers, auth, agent } = options;
    return {
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(headers === undefined ? {} : { headers }),
      ...(auth === undefined ? {} : { auth }),
      ...("proxy-url" in this.cluster && agent !== undefined ? { agent } : {}),
    };
  }

  /** Returns a kubeconfig with this context only, so that errors in other contexts do not matter. */
  private asText(): string {
    const { exec } = this.user as { exec?: ExecPlugin };
    return JSON.stringify({
      "current-context": this.context,
      contexts: [{ name: this.context, context: { cluster: "cluster", user: "user" } }],
      clusters: [{ name: "cluster", cluster: this.cluster }],
      users: [{ name: "user", user: { ...this.user, ...(exec === undefined ? {} : { exec: withExecInfo(exec, this.cluster) }) } }],
    });
  }

  private fix(reason: string): string {
    return reason === NO_PROGRAM
      ? "install it, or correct its path in the kubeconfig"
      : `see why with "kubectl --context ${this.context} get nodes", and log in`;
  }

  /** Describes the way to log in. */
  private method(): string {
    const { exec, "auth-provider": provider } = this.user as { exec?: ExecPlugin; "auth-provider"?: { name?: string } };
    if (exec !== undefined) return `login program ${basename(exec.command ?? "")}`;
    if (provider !== undefined) return `auth provider ${provider.name ?? ""}`;
    return "proxy-url" in this.cluster ? "the proxy" : "the user";
  }
}

interface ExecPlugin {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly provideClusterInfo?: boolean;
}

/** Adds the variable that Kubernetes passes to login programs. Some refuse to run without it, and the client library does not set it. */
function withExecInfo(exec: ExecPlugin, cluster: KubeconfigEntry): ExecPlugin {
  const info = {
    kind: "ExecCredential",
    apiVersion: exec.apiVersion,
    spec: { interactive: false, ...(exec.provideClusterInfo === true ? { cluster } : {}) },
  };
  return { ...exec, env: [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }] };
}

const NO_PROGRAM = "no such program";

function reasonIn(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT") return NO_PROGRAM;
  if (typeof code === "string") return code;
  return error instanceof SyntaxError || error instanceof TypeError ? "its output is not an ExecCredential" : "it failed";
}
