import { request } from "node:https";

import { isMaster, type ClusterState, type NodeState, type ServiceState } from "../network/findings";
import { apiServerOf, NoAnswer, type ApiServer, type KubeconfigContent } from "./kubeconfig";

/** What to ask, and where. */
export interface ClusterQuestion {
  readonly kubeconfig: KubeconfigContent;
  readonly context: string;
  /** MetalLB's namespace. */
  readonly namespace: string;
}

/** For how long an API server is waited for, in seconds. */
const patience = { connection: 2, answer: 5 };

/**
 * Asks a cluster for its nodes, services and pools, and changes nothing. The Kubernetes client library would take longer to load than all of this.
 *
 * @throws NoAnswer where the cluster cannot be asked, or keeps silent.
 */
export async function readCluster({ kubeconfig, context, namespace }: ClusterQuestion): Promise<ClusterState> {
  const server = apiServerOf(kubeconfig, context);
  const [nodes, services, pools] = await Promise.all([
    list(server, "/api/v1/nodes"),
    list(server, "/api/v1/services"),
    list(server, `/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools`),
  ]);
  return {
    nodes: nodes.map(toNode),
    services: services.flatMap(toService),
    pools: pools.filter(isPulumis).map(({ metadata }) => metadata.name),
  };
}

interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
  };
}

function toNode({ metadata, status }: KubernetesObject): NodeState {
  return {
    name: metadata.name,
    addresses: (status?.addresses ?? []).filter(({ type }) => type === "InternalIP").map(({ address }) => address),
    isMaster: isMaster(metadata.labels ?? {}),
    isReady: (status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True"),
  };
}

/** MetalLB writes on a service which pool its address is from; up to 0.14.8 under its former name. */
function toService({ metadata: { namespace, name, annotations = {} }, status }: KubernetesObject): ServiceState[] {
  const pool = annotations["metallb.io/ip-allocated-from-pool"] ?? annotations["metallb.universe.tf/ip-allocated-from-pool"];
  if (pool === undefined) return [];
  const addresses = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  return [{ name: `${namespace}/${name}`, addresses, pool }];
}

/** A pool that somebody else made stays, whatever the plan says. */
function isPulumis({ metadata }: KubernetesObject): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));
}

/** The objects at a path; none, where the cluster has no such kind. */
async function list(server: ApiServer, path: string): Promise<KubernetesObject[]> {
  const { status, body } = await get(server, path);
  if (status === 404) return [];
  if (status !== 200) throw new NoAnswer(`${server.url.origin} answers ${status} to GET ${path}`);
  return (JSON.parse(body) as { items: KubernetesObject[] }).items;
}

function get({ url, options }: ApiServer, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(new NoAnswer(`${url.origin} does not answer (${error.code ?? error.name})`));
    const place = `${url.origin}${url.pathname.replace(/\/$/, "")}${path}`;
    const sent = request(place, { ...options, agent: false }, (response) => {
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
    sent.on("socket", (socket) =>
      socket.once("connect", () => {
        awaited = "answer";
        limit(awaited);
      }),
    );
    sent.on("error", fail);
    sent.end();
  });
}
