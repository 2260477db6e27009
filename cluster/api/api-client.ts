import * as http from "node:http";
import * as https from "node:https";
import { connect } from "node:net";

import type { Metadata } from "../manifests/kube-object";
import { NoAnswer, type ApiServer } from "./kubeconfig";
import type { LoginOptions } from "./login";

export type { Metadata };

/** For how long an API server is waited for, in seconds. */
const patience = { connection: 2, answer: 5 };

/**
 * Connections are used again, since each handshake costs both ends as much as several answers. One that is left idle goes before a server would end it
 * in the midst of a request.
 */
const connections = new https.Agent({ keepAlive: true, timeout: 1000 });

/** What an API server answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What to send, beside a path. */
export interface Sending {
  readonly method: "POST" | "DELETE" | "PATCH";
  readonly content: object;
  /** What kind of content it is. @default application/json */
  readonly type?: string;
}

/** Leaves out all but names and labels: definitions of kinds are long. */
export const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/**
 * The objects at a path; none, where the cluster has no such kind.
 *
 * @throws NoAnswer where the server refuses, or keeps silent.
 */
export async function list<T>(server: ApiServer, path: string): Promise<T[]> {
  return itemsOf(server, path, await ask(server, path));
}

/** As {@link list}, for what only helps to warn: undefined where the user may not see it. */
export async function listUnlessHidden<T>(server: ApiServer, path: string): Promise<T[] | undefined> {
  const answer = await ask(server, path);
  return answer.status === 403 ? undefined : itemsOf(server, path, answer);
}

/** As {@link listUnlessHidden}, where it makes no difference whether there are none or none to be seen. */
export async function listIfAllowed<T>(server: ApiServer, path: string): Promise<T[]> {
  return (await listUnlessHidden<T>(server, path)) ?? [];
}

/** As {@link listIfAllowed}, and of each object the metadata. */
export async function listMetadata(server: ApiServer, path: string): Promise<Metadata[]> {
  const answer = await ask(server, path, undefined, METADATA_ONLY);
  return answer.status === 403 ? [] : itemsOf<{ metadata: Metadata }>(server, path, answer).map(({ metadata }) => metadata);
}

/**
 * The object at a path; undefined, where there is none.
 *
 * @throws NoAnswer where the server refuses, or keeps silent.
 */
export async function read<T>(server: ApiServer, path: string): Promise<T | undefined> {
  const { status, body } = await ask(server, path);
  if (status === 404) return undefined;
  if (status !== 200) throw refused(server, path, status);
  return JSON.parse(body) as T;
}

function itemsOf<T>(server: ApiServer, path: string, { status, body }: Answer): T[] {
  if (status === 404) return [];
  if (status !== 200) throw refused(server, path, status);
  // An empty list of metadata alone comes as null.
  return (JSON.parse(body) as { items: T[] | null }).items ?? [];
}

/** What a server says of what it refused: its own sentence. */
export function refusalText({ status, body }: Answer): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? `answer ${status}`;
  } catch {
    return `answer ${status}`;
  }
}

/** The error for a request that a server answered with another status than 200. */
export const refused = ({ url }: Pick<ApiServer, "url">, path: string, status: number): NoAnswer =>
  new NoAnswer(`${url.origin} answers ${status} to GET ${path}`);

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };
/** What a SOCKS proxy listens at. */
const SOCKS = 1080;

/**
 * Whether a server, or the proxy before it, takes a connection, told by waiting for no longer than for that of a request.
 *
 * @throws NoAnswer where it does not, in the words of a request's.
 */
export function knock({ url, proxy }: Pick<ApiServer, "url" | "proxy">): Promise<void> {
  const { hostname, port, protocol } = proxy ?? url;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (PORTS[protocol] ?? SOCKS)) });
    const giveUp = () => socket.destroy(Object.assign(new Error(), { code: `silent for ${patience.connection} s` }));
    const timer = setTimeout(() => setImmediate(giveUp), patience.connection * 1000);
    socket.on("error", (error: NodeJS.ErrnoException) => reject(unanswered(url, error)));
    socket.on("connect", () => {
      resolve();
      socket.destroy();
    });
    socket.on("close", () => clearTimeout(timer));
  });
}

/** Whether a server, or the proxy before it, takes a connection. */
export async function isReachable(server: Pick<ApiServer, "url" | "proxy">, by = knock): Promise<boolean> {
  try {
    await by(server);
    return true;
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    throw error;
  }
}

const unanswered = ({ origin }: URL, { code, name }: NodeJS.ErrnoException) => new NoAnswer(`${origin} does not answer (${code ?? name})`);

/**
 * Sends one request. Where that takes a login, the login of the last request serves until the server rejects it.
 *
 * @throws NoAnswer where the server keeps silent, or the login fails.
 */
export async function ask(server: ApiServer, path: string, sending?: Sending, accept?: string): Promise<Answer> {
  const { login } = server;
  if (login === undefined) return send(server, path, sending, accept);
  const loggedIn = (options: LoginOptions): ApiServer & { options: LoginOptions } => ({
    ...server,
    options: { ...server.options, ...options, headers: { ...server.options.headers, ...options.headers } },
  });
  const options = await login.options();
  const answer = await send(loggedIn(options), path, sending, accept);
  if (answer.status !== 401) return answer;
  await login.forget(options);
  return send(loggedIn(await login.options()), path, sending, accept);
}

/** A request by Node's own means: the Kubernetes client library would take longer to load than all of them. */
function send(
  { url, options }: ApiServer & { readonly options: LoginOptions },
  path: string,
  sending?: Sending,
  accept?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(unanswered(url, error));
    const place = `${url.origin}${url.pathname.replace(/\/$/, "")}${path}`;
    const content = sending === undefined ? undefined : JSON.stringify(sending.content);
    const headers = {
      ...options.headers,
      ...(accept === undefined ? {} : { accept }),
      // Without a length, Node would send a deletion's content in a way that no server takes for its own.
      ...(content === undefined
        ? {}
        : { "content-type": sending?.type ?? "application/json", "content-length": Buffer.byteLength(content) }),
    };
    const isPlain = url.protocol === "http:";
    const agent = options.agent ?? (isPlain ? http.globalAgent : connections);
    const { request } = isPlain ? http : https;
    const sent = request(place, { ...options, headers, method: sending?.method ?? "GET", agent }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("error", fail);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    let awaited: keyof typeof patience = "connection";
    const limit = (step: typeof awaited) => {
      const giveUp = () => awaited === step && sent.destroy(Object.assign(new Error(), { code: `silent for ${patience[step]} s` }));
      // While the rest of the program keeps the process busy, an answer may lie there unread: it is looked for once more.
      setTimeout(() => setImmediate(giveUp), patience[step] * 1000).unref();
    };
    limit(awaited);
    const connected = () => {
      awaited = "answer";
      limit(awaited);
    };
    sent.on("socket", (socket) => (socket.connecting ? socket.once("connect", connected) : connected()));
    sent.on("error", fail);
    sent.end(content);
  });
}
