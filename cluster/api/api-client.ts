import * as http from "node:http";
import * as https from "node:https";
import { connect } from "node:net";
import * as tls from "node:tls";

import { LARGEST_ANSWER } from "../../config/size";
import type { Metadata } from "../manifests/kube-object";
import { connectionError, endless, foreign, statusError, timeoutError } from "./causes";
import { NoResponse, type ApiServer } from "./kubeconfig";
import type { LoginOptions } from "./login";

export type { Metadata };

/** Time limits of a request in seconds: for the connection, and for the answer. */
const timeouts = { connection: 2, answer: 5 };

/**
 * Connections are kept alive because a TLS handshake costs more than several requests. An idle one is closed early, before the server could
 * close it during a request.
 */
const connections = new https.Agent({ keepAlive: true, timeout: 1000 });

/** What Node has read from certificates, by their text. By default each connection reads them again, which takes longer than a request. */
const contexts = new Map<string, tls.SecureContext>();

function contextOf({ ca, cert, key }: LoginOptions & ApiServer["options"]): tls.SecureContext {
  const text = JSON.stringify([ca, cert, key]);
  const context = contexts.get(text) ?? tls.createSecureContext({ ca, cert, key });
  contexts.set(text, context);
  return context;
}

/** The answer of an API server. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The method and the content of a request. */
export interface RequestOptions {
  readonly method: "POST" | "DELETE" | "PATCH";
  readonly content: object;
  /** The content type. @default application/json */
  readonly type?: string;
}

/** The Accept header for metadata only. It leaves out the schemas of CRDs, which are long. */
export const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/**
 * Returns the objects of a collection; empty if the cluster does not have the kind.
 *
 * @throws NoResponse if the server refuses or does not answer
 */
export async function list<T>(server: ApiServer, path: string): Promise<T[]> {
  return itemsOf(server, path, await ask(server, path));
}

/** Works like {@link list}, for objects that only warnings need: returns undefined if the user may not list them. */
export async function listUnlessHidden<T>(server: ApiServer, path: string): Promise<T[] | undefined> {
  const answer = await ask(server, path);
  return answer.status === 403 ? undefined : itemsOf(server, path, answer);
}

/** Works like {@link listUnlessHidden}, but returns an empty list if the user may not list the objects. */
export async function listIfAllowed<T>(server: ApiServer, path: string): Promise<T[]> {
  return (await listUnlessHidden<T>(server, path)) ?? [];
}

/** Works like {@link listIfAllowed}, but returns only the metadata of the objects. */
export async function listMetadata(server: ApiServer, path: string): Promise<Metadata[]> {
  const answer = await ask(server, path, undefined, METADATA_ONLY);
  return answer.status === 403 ? [] : itemsOf<{ metadata: Metadata }>(server, path, answer).map(({ metadata }) => metadata);
}

/**
 * Returns the object at a path; undefined if there is none.
 *
 * @throws NoResponse if the server refuses or does not answer
 */
export async function read<T>(server: ApiServer, path: string): Promise<T | undefined> {
  const { status, body } = await ask(server, path);
  if (status === 404) return undefined;
  if (status !== 200) throw statusError(server, path, status);
  return contentOf<T>(server, path, body);
}

/** @throws NoResponse if the answer is not JSON, as that of a router's web page */
function contentOf<T>(server: ApiServer, path: string, body: string): T {
  try {
    const content = JSON.parse(body) as unknown;
    if (typeof content === "object" && content !== null) return content as T;
  } catch {
    // Reported below.
  }
  throw foreign(server, path);
}

function itemsOf<T>(server: ApiServer, path: string, { status, body }: Answer): T[] {
  if (status === 404) return [];
  if (status !== 200) throw statusError(server, path, status);
  // The server sends an empty list of metadata as null.
  return contentOf<{ items: T[] | null }>(server, path, body).items ?? [];
}

/** Returns the message with which the server refused a request. */
export function refusalText({ status, body }: Answer): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? `answer ${status}`;
  } catch {
    return `answer ${status}`;
  }
}

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };
/** The default port of a SOCKS proxy. */
const SOCKS = 1080;

/**
 * Connects to the server, or to its proxy, with the time limit of a request's connection.
 *
 * @throws NoResponse with the same message as a request if the connection fails
 */
export function checkConnection({ url, proxy }: Pick<ApiServer, "url" | "proxy">): Promise<void> {
  const { hostname, port, protocol } = proxy ?? url;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (PORTS[protocol] ?? SOCKS)) });
    const abort = () => socket.destroy(Object.assign(new Error(), { code: `silent for ${timeouts.connection} s` }));
    const timer = setTimeout(() => setImmediate(abort), timeouts.connection * 1000);
    socket.on("error", (error: NodeJS.ErrnoException) =>
      reject(connectionError({ url, ...(proxy === undefined ? {} : { proxy }) }, error)),
    );
    socket.on("connect", () => {
      resolve();
      socket.destroy();
    });
    socket.on("close", () => clearTimeout(timer));
  });
}

/** Whether the server, or its proxy, accepts a connection. */
export async function isReachable(server: Pick<ApiServer, "url" | "proxy">, by = checkConnection): Promise<boolean> {
  try {
    await by(server);
    return true;
  } catch (error) {
    if (error instanceof NoResponse) return false;
    throw error;
  }
}

/**
 * Sends one request. A login is reused until the server rejects it.
 *
 * @throws NoResponse if the server does not answer, or the login fails
 */
export async function ask(server: ApiServer, path: string, requestOptions?: RequestOptions, accept?: string): Promise<Answer> {
  const { login } = server;
  if (login === undefined) return send(server, path, requestOptions, accept);
  const loggedIn = (options: LoginOptions): ApiServer & { options: LoginOptions } => ({
    ...server,
    options: { ...server.options, ...options, headers: { ...server.options.headers, ...options.headers } },
  });
  const options = await login.options();
  const answer = await send(loggedIn(options), path, requestOptions, accept);
  if (answer.status !== 401) return answer;
  await login.forget(options);
  return send(loggedIn(await login.options()), path, requestOptions, accept);
}

/** Sends a request with Node's client. Loading the Kubernetes client library would take longer than all requests together. */
function send(
  server: ApiServer & { readonly options: LoginOptions },
  path: string,
  requestOptions?: RequestOptions,
  accept?: string,
): Promise<Answer> {
  const { url, options } = server;
  const method = requestOptions?.method ?? "GET";
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException | NoResponse) =>
      reject(error instanceof NoResponse ? error : connectionError(server, error));
    const place = `${url.origin}${url.pathname.replace(/\/$/, "")}${path}`;
    const content = requestOptions === undefined ? undefined : JSON.stringify(requestOptions.content);
    const headers = {
      ...options.headers,
      ...(accept === undefined ? {} : { accept }),
      // Without a length Node sends the content of a DELETE without framing, and servers do not read it.
      ...(content === undefined
        ? {}
        : { "content-type": requestOptions?.type ?? "application/json", "content-length": Buffer.byteLength(content) }),
    };
    const isPlain = url.protocol === "http:";
    const agent = options.agent ?? (isPlain ? http.globalAgent : connections);
    const { request } = isPlain ? http : https;
    const secure = () => (isPlain ? {} : { secureContext: contextOf(options) });
    const sent = begin(() => request(place, { ...options, ...secure(), headers, method, agent }), fail);
    if (sent === undefined) return;
    sent.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > LARGEST_ANSWER) sent.destroy(endless(server, `${method} ${path}`, LARGEST_ANSWER));
      });
      response.on("error", fail);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    let awaited: keyof typeof timeouts = "connection";
    const limit = (step: typeof awaited) => {
      const error = () =>
        step === "answer"
          ? timeoutError(server, `${method} ${path}`, timeouts.answer)
          : Object.assign(new Error(), { code: `silent for ${timeouts[step]} s` });
      const abort = () => awaited === step && sent.destroy(error());
      // A busy event loop may not have read an answer yet that is in the socket, so the limit waits for one more round of I/O.
      setTimeout(() => setImmediate(abort), timeouts[step] * 1000).unref();
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

/** Begins a request. Node throws at once if it cannot use a certificate or a key. */
function begin(request: () => http.ClientRequest, fail: (error: NodeJS.ErrnoException) => void): http.ClientRequest | undefined {
  try {
    return request();
  } catch (error) {
    fail(error as NodeJS.ErrnoException);
    return undefined;
  }
}
