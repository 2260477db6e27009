import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate that signs itself, and its key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate for a subject such as `IP:127.0.0.1` or `DNS:kubernetes`. */
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

/** What stands at a path: a list's items, or a status. */
export type Answers = Readonly<Record<string, readonly object[] | number>>;

/** An API server's stand-in on loopback: real TLS, and lists at paths; 404 anywhere else. */
export class ApiServer {
  readonly requests: IncomingMessage[] = [];
  private constructor(
    private readonly server: Server,
    readonly certificate: Certificate,
  ) {}

  /** @param client asks for this certificate from whoever connects */
  static async start(answers: Answers, certificate = certificateFor("IP:127.0.0.1"), client?: Certificate): Promise<ApiServer> {
    const asked = client === undefined ? {} : { ca: client.cert, requestCert: true, rejectUnauthorized: true };
    const server = createServer({ ...certificate, ...asked });
    const api = new ApiServer(server, certificate);
    server.on("request", (request, response) => {
      api.requests.push(request);
      const answer = answers[request.url ?? ""] ?? 404;
      response.statusCode = typeof answer === "number" ? answer : 200;
      response.end(JSON.stringify(typeof answer === "number" ? { kind: "Status" } : { items: answer }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => void this.server.close(() => resolve()));
  }
}

/** A kubeconfig's text for the context lab-dev. */
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

/** What a cluster of one master holds that has MetalLB and one service with an address. */
export const oneMaster: Answers = {
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
