import type { RequestOptions } from "node:https";
import { dirname } from "node:path";

import { isInline, parseKubeconfig, type KubeconfigContent, type KubeconfigEntry } from "../../config/kubeconfig";
import { localPath } from "../../config/local-path";
import { readRegular } from "../../config/read-file";
import { loginFor, needsLogin, type Login } from "./login";
import { fixFor, LoginFailed, NoResponse } from "./no-response";

export { fixFor, LoginFailed, NoResponse };

/**
 * Returns the content of a stack file's kubeconfig, which is a path or the content.
 *
 * @param folder the project's folder
 * @throws NoResponse if the file cannot be read
 */
export function contentOf(kubeconfig: string, folder = process.cwd()): KubeconfigContent {
  if (isInline(kubeconfig)) return { text: kubeconfig, folder };
  const file = localPath(kubeconfig, folder);
  try {
    return { text: readRegular(file).toString("utf8"), folder: dirname(file) };
  } catch (error) {
    throw new NoResponse(`its kubeconfig cannot be read (${(error as NodeJS.ErrnoException).code})`, "correct cluster.kubeconfig");
  }
}

const CORRECT = "correct the kubeconfig";

/** The connection to a cluster's API server. */
export interface ApiServer {
  /** The base URL. */
  readonly url: URL;
  /** The certificates and the token. */
  readonly options: Pick<RequestOptions, "ca" | "cert" | "key" | "rejectUnauthorized" | "servername" | "headers">;
  /** The login, if a login program, an identity provider or a proxy is needed; undefined if {@link options} is enough. */
  readonly login?: Login;
  /** The proxy in front of the server. */
  readonly proxy?: URL;
}

/**
 * Reads the connection of a context from a kubeconfig. A login program runs only with the first request.
 *
 * @throws NoResponse if the context has no server, or a file that it names cannot be read
 */
export function apiServerOf(content: KubeconfigContent, context: string): ApiServer {
  const { clusters, users, contexts } = parseKubeconfig(content).kubeconfig;
  const names = contexts?.find(({ name }) => name === context)?.context;
  const cluster = clusters?.find(({ name }) => name === names?.cluster)?.cluster;
  const server = cluster?.["server"];
  if (!cluster || typeof server !== "string") throw new NoResponse(`the kubeconfig's context ${context} has no server`, CORRECT);
  const user = users?.find(({ name }) => name === names?.user)?.user ?? {};
  const ca = material(cluster, "certificate-authority");
  const cert = material(user, "client-certificate");
  const key = material(user, "client-key");
  const token = tokenOf(user);
  const servername = cluster["tls-server-name"];
  const proxy = cluster["proxy-url"];
  return {
    url: urlOf(server, "https?", `the server of the kubeconfig's context ${context} is not a URL such as https://192.168.50.11:6443`),
    options: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(typeof servername === "string" ? { servername } : {}),
      rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
      headers: { accept: "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    },
    ...(needsLogin(cluster, user) ? { login: loginFor(context, inlined(cluster, { ca }), inlined(user, { cert, key, token })) } : {}),
    ...(typeof proxy === "string"
      ? { proxy: urlOf(proxy, "https?|socks5h?", `the proxy-url of the kubeconfig's context ${context} is not the URL of a proxy`) }
      : {}),
  };
}

function urlOf(text: string, protocol: string, refusal: string): URL {
  if (!URL.canParse(text) || !new RegExp(`^(${protocol}):$`).test(new URL(text).protocol)) throw new NoResponse(refusal, CORRECT);
  return new URL(text);
}

/** Returns the content of a setting, which a kubeconfig holds as base64 or as a file's path. */
function material(entry: KubeconfigEntry, key: string): Buffer | undefined {
  const data = entry[`${key}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64");
  const file = entry[key];
  return typeof file === "string" ? readNamed(file) : undefined;
}

/** Returns the token. A token file takes precedence over a token, as with kubectl. */
function tokenOf({ token, tokenFile }: KubeconfigEntry): string | undefined {
  if (typeof tokenFile === "string") return readNamed(tokenFile).toString().trim();
  return typeof token === "string" ? token : undefined;
}

function readNamed(file: string): Buffer {
  try {
    return readRegular(file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw new NoResponse(`${file} of the kubeconfig cannot be read (${reason})`, "correct its path in the kubeconfig, or restore the file");
  }
}

/** Returns the entry with the content of its files inlined, so that the client library reads no files. */
function inlined(
  entry: KubeconfigEntry,
  content: { ca?: Buffer | undefined; cert?: Buffer | undefined; key?: Buffer | undefined; token?: string | undefined },
): KubeconfigEntry {
  const data = (buffer: Buffer | undefined) => buffer?.toString("base64");
  return {
    ...entry,
    "certificate-authority": undefined,
    "certificate-authority-data": data(content.ca),
    "client-certificate": undefined,
    "client-certificate-data": data(content.cert),
    "client-key": undefined,
    "client-key-data": data(content.key),
    token: content.token,
    tokenFile: undefined,
  };
}
