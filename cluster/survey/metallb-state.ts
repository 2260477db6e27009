import { list, type Metadata } from "../api/api-client";
import type { ApiServer } from "../api/kubeconfig";

/** The state of MetalLB in a cluster. */
export interface MetalLbState {
  /**
   * The version of the chart, according to the labels of its objects; undefined if MetalLB is not installed or was installed without a
   * chart.
   */
  readonly chart?: string;
  readonly controller: Workload;
  readonly speaker: Workload;
  /** The health endpoint of the controller; undefined if the controller is not ready. */
  readonly web?: WebPage;
}

/** The number of pods and of ready pods. */
export interface Workload {
  readonly desired: number;
  readonly ready: number;
}

/** An HTTP endpoint of a pod. */
export interface WebPage {
  readonly scheme: "http" | "https";
  readonly port: number;
  readonly path: string;
  /** The pod's addresses, one per family. */
  readonly addresses: readonly string[];
  readonly node: string;
}

interface Resource {
  readonly metadata: Metadata;
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
  };
}

interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string; readonly scheme?: string };
}

interface Container {
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Pod {
  readonly metadata: Metadata;
  readonly spec: { readonly nodeName?: string; readonly containers: readonly Container[] };
  readonly status?: {
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/**
 * Reads the state of MetalLB's controller and speakers.
 *
 * @throws NoResponse if the server refuses or does not answer
 */
export async function readMetalLb(server: ApiServer, namespace: string): Promise<MetalLbState> {
  const labelled = (component: string) => encodeURIComponent(`app.kubernetes.io/name=metallb,app.kubernetes.io/component=${component}`);
  const find = <T>(group: string, kind: string, component: string) =>
    list<T>(server, `${group}/namespaces/${namespace}/${kind}?labelSelector=${labelled(component)}`);
  const [deployments, daemonSets, pods] = await Promise.all([
    find<Resource>("/apis/apps/v1", "deployments", "controller"),
    find<Resource>("/apis/apps/v1", "daemonsets", "speaker"),
    find<Pod>("/api/v1", "pods", "controller"),
  ]);
  const sum = (all: readonly Resource[], pick: (status: NonNullable<Resource["status"]>) => number | undefined) =>
    all.reduce((total, { status = {} }) => total + (pick(status) ?? 0), 0);
  const chart = deployments.map(({ metadata }) => chartOf(metadata))[0];
  const web = pods.filter(isReady).flatMap((pod) => webPageOf(pod) ?? [])[0];
  return {
    ...(chart === undefined ? {} : { chart }),
    controller: { desired: sum(deployments, ({ replicas }) => replicas), ready: sum(deployments, ({ readyReplicas }) => readyReplicas) },
    speaker: {
      desired: sum(daemonSets, ({ desiredNumberScheduled }) => desiredNumberScheduled),
      ready: sum(daemonSets, ({ numberReady }) => numberReady),
    },
    ...(web === undefined ? {} : { web }),
  };
}

/** Returns the version of MetalLB's chart by the labels of one of its objects. */
export const chartOf = ({ labels = {} }: Metadata): string | undefined => /^metallb-(\d.*)$/.exec(labels["helm.sh/chart"] ?? "")?.[1];

const isReady = ({ status }: Pod) => (status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");

/** Returns the endpoint of a container's HTTP probe, which differs between releases. Accepts only a plain path. */
function webPageOf({ spec: { containers, nodeName = "" }, status }: Pod): WebPage | undefined {
  const addresses = (status?.podIPs ?? []).map(({ ip }) => ip);
  for (const { ports = [], readinessProbe, livenessProbe } of containers) {
    const probe = readinessProbe?.httpGet ?? livenessProbe?.httpGet;
    if (probe === undefined) continue;
    const { port, path = "/", scheme = "HTTP" } = probe;
    const number = typeof port === "number" ? port : ports.find(({ name }) => name === port)?.containerPort;
    if (number === undefined || !/^\/[\w./-]*$/.test(path)) continue;
    return { scheme: scheme === "HTTPS" ? "https" : "http", port: number, path, addresses, node: nodeName };
  }
  return undefined;
}
