import { Agent, request } from "node:https";
import { connect } from "node:net";

import type { Metadata } from "../manifests/kube-object";
import { NoAnswer, type ApiServer } from "./kubeconfig";

export type { Metadata };

/** For how long an API server is waited for, in seconds. */
const patience = { connection: 2, answer: 5 };

/**
 * Connections are used again, since each handshake costs both ends as much as several answers. One that is left idle goes before a server would end it
 * in the midst of a request.
 */
const connections = new Agent({ keepAlive: true, timeout: 1000 });

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

const refused = ({ url }: ApiServer, path: string, status: number) => new NoAnswer(`${url.origin} answers ${status} to GET ${path}`);

/**
 * Whether a server takes a connection, told by waiting for no longer than for that of a request.
 *
 * @throws NoAnswer where it does not, in the words of a request's.
 */
export function knock({ url }: Pick<ApiServer, "url">): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 443) });
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

const unanswered = ({ origin }: URL, { code, name }: NodeJS.ErrnoException) => new NoAnswer(`${origin} does not answer (${code ?? name})`);

/**
 * One request. The Kubernetes client library would take longer to load than all of them.
 *
 * @throws NoAnswer where the server keeps silent.
 */
export function ask({ url, options }: ApiServer, path: string, sending?: Sending, accept?: string): Promise<Answer> {
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
    const sent = request(place, { ...options, headers, method: sending?.method ?? "GET", agent: connections }, (response) => {
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
