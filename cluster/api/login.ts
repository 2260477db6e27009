import type { RequestOptions } from "node:https";
import { basename } from "node:path";

import type { KubeconfigEntry } from "../../config/kubeconfig";
import { LoginFailed } from "./no-answer";

/** What a login adds to the options of a request. */
export type LoginOptions = Pick<RequestOptions, "cert" | "key" | "headers" | "auth" | "agent">;

/** The settings of a kubeconfig that take more than certificates and a token. */
const SETTINGS = ["exec", "auth-provider", "username", "as", "proxy-url"];

/** For how long a login is waited for, in milliseconds: a person may have to confirm it in a browser. */
const LIMIT = 60_000;

/** Whether only Kubernetes's client library can reach the cluster. */
export function needsLogin(cluster: KubeconfigEntry, user: KubeconfigEntry): boolean {
  return SETTINGS.some((key) => key in cluster || key in user);
}

const logins = new Map<string, Login>();

/** The login of a context; the same one for the same settings, so that a login program runs once. */
export function loginFor(context: string, cluster: KubeconfigEntry, user: KubeconfigEntry, limit = LIMIT): Login {
  const key = JSON.stringify([context, cluster, user, limit]);
  const login = logins.get(key) ?? new Login(context, cluster, user, limit);
  logins.set(key, login);
  return login;
}

/** Logs in by Kubernetes's client library. The library is loaded for that alone: it takes longer to load than a preview's requests take. */
export class Login {
  private known: Promise<LoginOptions> | undefined;

  constructor(
    private readonly context: string,
    private readonly cluster: KubeconfigEntry,
    private readonly user: KubeconfigEntry,
    private readonly limit: number,
  ) {}

  /** Logs in, unless that is done. @throws LoginFailed */
  options(): Promise<LoginOptions> {
    this.known ??= this.logIn();
    return this.known;
  }

  /** Has the next request log in anew: the server rejected the login of these options. */
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
      // The text of the error may have a secret in it: it is what the program printed.
      throw new LoginFailed(`${this.method()} of the kubeconfig's context ${this.context} gives no credentials (${reasonIn(error)})`);
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

  /** The kubeconfig of this context alone: a defect in another context is no concern of this cluster. */
  private asText(): string {
    const { exec } = this.user as { exec?: ExecPlugin };
    return JSON.stringify({
      "current-context": this.context,
      contexts: [{ name: this.context, context: { cluster: "cluster", user: "user" } }],
      clusters: [{ name: "cluster", cluster: this.cluster }],
      users: [{ name: "user", user: { ...this.user, ...(exec === undefined ? {} : { exec: withExecInfo(exec, this.cluster) }) } }],
    });
  }

  /** In words, the way to log in. */
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

/** Kubernetes gives a login program this variable, and some refuse to run without it; the client library does not set it. */
function withExecInfo(exec: ExecPlugin, cluster: KubeconfigEntry): ExecPlugin {
  const info = {
    kind: "ExecCredential",
    apiVersion: exec.apiVersion,
    spec: { interactive: false, ...(exec.provideClusterInfo === true ? { cluster } : {}) },
  };
  return { ...exec, env: [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }] };
}

function reasonIn(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT") return "no such program";
  if (typeof code === "string") return code;
  return error instanceof SyntaxError || error instanceof TypeError ? "its output is not an ExecCredential" : "it failed";
}
