import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A self-signed certificate and its key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Creates a certificate for a subject such as `IP:127.0.0.1` or `DNS:kubernetes`. */
export function certificateFor(subject: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
  const [cert, key] = [join(folder, "cert"), join(folder, "key")];
  try {
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test"];
    const files = ["-addext", `subjectAltName=${subject}`, "-out", cert, "-keyout", key];
    execFileSync("openssl", ["req", "-x509", ...kind, ...files], { stdio: "pipe" });
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let own: Certificate | undefined;
/** Returns the default certificate of servers, created once, because openssl takes as long as a test. */
const ownCertificate = (): Certificate => (own ??= certificateFor("IP:127.0.0.1"));

/** The answer at each path: a list's items, an object, or a status. */
export type Answers = Readonly<Record<string, readonly object[] | object | number>>;

/** A request that the server received. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A status with a message. */
export class Reply {
  constructor(
    readonly status: number,
    readonly content: object,
  ) {}
}

/** Handles a request that changes something: may change the answers, and returns the status. */
export type Change = (request: Received, answers: Record<string, Answers[string]>) => number | Reply;

/** A stand-in for an API server on loopback, with real TLS. It serves lists and objects at paths, and 404 at all others. */
export class ApiServer {
  readonly requests: Received[] = [];
  /** The number of connections. */
  connections = 0;
  /** The current answer at each path. */
  readonly answers: Record<string, Answers[string]>;
  /** Rejects changes unless a test sets a handler. */
  change: Change = () => 405;

  private constructor(
    private readonly server: Server,
    readonly certificate: Certificate,
    answers: Answers,
  ) {
    this.answers = { ...answers };
  }

  /** @param client the client certificate that the server requires */
  static async start(answers: Answers, certificate = ownCertificate(), client?: Certificate): Promise<ApiServer> {
    const asked = client === undefined ? {} : { ca: client.cert, requestCert: true, rejectUnauthorized: true };
    const server = createServer({ ...certificate, ...asked });
    const api = new ApiServer(server, certificate, answers);
    server.on("secureConnection", () => api.connections++);
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (text: Buffer) => (body += text.toString()));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const answer = api.answer({ method, url, headers, body });
        response.statusCode = typeof answer === "number" ? answer : answer instanceof Reply ? answer.status : 200;
        const content = Array.isArray(answer) ? { items: answer as object[] } : answer instanceof Reply ? answer.content : answer;
        response.end(JSON.stringify(typeof content === "number" ? { kind: "Status", message: `refused with ${content}` } : content));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  private answer(received: Received): Answers[string] | Reply {
    this.requests.push(received);
    return received.method === "GET" ? (this.answers[received.url] ?? 404) : this.change(received, this.answers);
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => void this.server.close(() => resolve()));
  }
}

/** Returns a kubeconfig's text for the context lab-dev. */
export function kubeconfigFor(cluster: object, user: object = {}): string {
  return JSON.stringify({
    contexts: [{ name: "lab-dev", context: { cluster: "home", user: "admin" } }],
    clusters: [
      { name: "other", cluster: { server: "https://127.0.0.1:1" } },
      { name: "home", cluster },
    ],
    users: [{ name: "admin", user }],
  });
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The objects of a cluster with one master, MetalLB, and one service with an address. */
export const oneMaster: Answers = {
  "/api/v1/namespaces/kube-system": { metadata: { name: "kube-system", uid: "11111111-1111-4111-8111-111111111111" } },
  "/api/v1/nodes": [
    {
      metadata: { name: "m1", labels: { "node-role.kubernetes.io/control-plane": "" } },
      status: {
        addresses: [
          { type: "Hostname", address: "m1" },
          { type: "InternalIP", address: "192.168.50.11" },
          { type: "ExternalIP", address: "203.0.113.1" },
        ],
        conditions: [
          { type: "MemoryPressure", status: "False" },
          { type: "Ready", status: "True" },
        ],
      },
    },
    { metadata: { name: "w1" }, status: { conditions: [{ type: "Ready", status: "Unknown" }] } },
  ],
  "/api/v1/services": [
    { metadata: { name: "kubernetes", namespace: "default" }, status: { loadBalancer: {} } },
    {
      metadata: { name: "shop", namespace: "web", annotations: { "metallb.io/ip-allocated-from-pool": "lab-dev" } },
      status: { loadBalancer: { ingress: [{ ip: "10.5.0.1" }] } },
    },
    {
      metadata: { name: "blog", namespace: "web", annotations: { "metallb.universe.tf/ip-allocated-from-pool": "old" } },
      status: { loadBalancer: { ingress: [{ ip: "10.9.0.1" }, { hostname: "elsewhere" }] } },
    },
  ],
  "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools": [
    { metadata: { name: "lab-dev", managedFields: [{ manager: "controller" }, { manager: "pulumi-kubernetes-61ab4141" }] } },
    { metadata: { name: "by-hand", managedFields: [{ manager: "kubectl-client-side-apply" }] } },
  ],
};
