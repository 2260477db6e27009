import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { dirname, resolve } from "node:path";

import { parse } from "yaml";

import { isInline, type KubeconfigContent } from "../../config/kubeconfig";
import { localPath } from "../../config/local-path";
import { PrintableError } from "../../config/user-error";

/**
 * The content that a stack file's kubeconfig is, or is the path of.
 *
 * @param folder the project's
 * @throws NoAnswer where it cannot be read.
 */
export function contentOf(kubeconfig: string, folder = process.cwd()): KubeconfigContent {
  if (isInline(kubeconfig)) return { text: kubeconfig, folder };
  const file = localPath(kubeconfig, folder);
  try {
    return { text: readFileSync(file, "utf8"), folder: dirname(file) };
  } catch (error) {
    throw new NoAnswer(`its kubeconfig cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** How to ask a cluster's API server. */
export interface ApiServer {
  /** Where its paths start. */
  readonly url: URL;
  /** Certificates and token. */
  readonly options: Pick<RequestOptions, "ca" | "cert" | "key" | "rejectUnauthorized" | "servername" | "headers">;
}

/** Why a cluster was not asked, or did not answer: words without a secret in them. */
export class NoAnswer extends PrintableError {
  override readonly name = "NoAnswer";
}

interface Kubeconfig {
  readonly clusters?: readonly { readonly name: string; readonly cluster: Entry }[] | null;
  readonly users?: readonly { readonly name: string; readonly user: Entry | null }[] | null;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string; readonly user: string } }[] | null;
}

type Entry = Readonly<Record<string, unknown>>;

/** Ways to a cluster that take another program, or more than a request. */
const unsupported = ["exec", "auth-provider", "proxy-url"];

/** What the program does itself where it can ask. */
const byHand = "docs/how-to/metallb-webhook-not-found.md says what is then yours to do";

/**
 * Reads from a kubeconfig how to ask the cluster of a context.
 *
 * @throws NoAnswer where that takes more than certificates and a token.
 */
export function apiServerOf({ text, folder }: KubeconfigContent, context: string): ApiServer {
  const { clusters, users, contexts } = parse(text) as Kubeconfig;
  const names = contexts?.find(({ name }) => name === context)?.context;
  const cluster = clusters?.find(({ name }) => name === names?.cluster)?.cluster;
  const user = users?.find(({ name }) => name === names?.user)?.user ?? {};
  const server = cluster?.["server"];
  if (cluster === undefined || typeof server !== "string") throw new NoAnswer(`the kubeconfig's context ${context} has no server`);
  const blocker = unsupported.find((key) => key in cluster || key in user);
  if (blocker !== undefined)
    throw new NoAnswer(`the kubeconfig's context ${context} needs ${blocker}, which only the provider has; ${byHand}`);

  const material = (entry: Entry, key: string): Buffer | undefined => {
    const data = entry[`${key}-data`];
    if (typeof data === "string") return Buffer.from(data, "base64");
    const file = entry[key];
    return typeof file === "string" ? readBeside(folder, file) : undefined;
  };
  const ca = material(cluster, "certificate-authority");
  const cert = material(user, "client-certificate");
  const key = material(user, "client-key");
  const token = tokenOf(user, folder);
  const servername = cluster["tls-server-name"];
  return {
    url: new URL(server),
    options: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(typeof servername === "string" ? { servername } : {}),
      rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
      headers: { accept: "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    },
  };
}

/** As kubectl has it, a file's token goes before one that is written down. */
function tokenOf({ token, tokenFile }: Entry, folder: string): string | undefined {
  if (typeof tokenFile === "string") return readBeside(folder, tokenFile).toString().trim();
  return typeof token === "string" ? token : undefined;
}

function readBeside(folder: string, file: string): Buffer {
  try {
    return readFileSync(resolve(folder, file));
  } catch (error) {
    throw new NoAnswer(`${file} of the kubeconfig cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
