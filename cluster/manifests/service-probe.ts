/** A service that is there for some seconds, to see whether one would answer: its objects, and what becomes of those that were left behind. */
import type { LabelSelector, Plan, PoolPlan } from "../../config/plan";
import { matches } from "./selectors";

/** By this label all of them are found. */
export const PROBE_LABEL = "homelab-network/trial";
/** Who made it: machine and process. */
export const MAKER = "homelab-network/made-by";

/** What a service is to lead to. */
export interface Backend {
  readonly address: string;
  readonly port: number;
  readonly node: string;
}

/** A namespace and its labels. */
export interface Namespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Where a service has to be to get an address of a pool: MetalLB's own namespace, unless the pool is for others. */
export function namespaceFor({ serviceAllocation }: PoolPlan, metallb: string, namespaces: readonly Namespace[]): string | undefined {
  const { namespaces: named = [], namespaceSelectors: selectors = [] } = serviceAllocation ?? {};
  if (named.length === 0 && selectors.length === 0) return metallb;
  const isIn = ({ name, labels }: Namespace) => named.includes(name) || selectors.some((selector) => matches(selector, labels));
  const open = namespaces.filter(isIn).map(({ name }) => name);
  return open.includes(metallb) ? metallb : open[0];
}

/** Labels by which a selector takes a service. */
export function labelsFor({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Record<string, string> {
  const wanted = matchExpressions.flatMap(({ key, operator, values = [] }): [string, string][] => {
    if (operator === "In") return [[key, values[0] ?? ""]];
    return operator === "Exists" ? [[key, ""]] : [];
  });
  return { ...Object.fromEntries(wanted), ...matchLabels };
}

/** Which family a pool's service is of; IPv4 where it has both. */
export const familyOf = ({ addresses }: PoolPlan): 4 | 6 => (addresses.some(({ family }) => family === 4) ? 4 : 6);

/** Where a trial's service is. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The service of a pool. It has no selector, since its backend may be in another namespace: {@link probeEndpoints} leads it there.
 *
 * @param place its name is made up beforehand, so that it can be removed even where nobody heard that it was made
 * @param maker who answers for it
 */
export function probeService({ metallb }: Plan, pool: PoolPlan, place: Place, maker: string) {
  const [selector] = pool.serviceAllocation?.serviceSelectors ?? [];
  const { loadBalancerClass } = metallb.values as { readonly loadBalancerClass?: string };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...place,
      labels: { ...(selector === undefined ? {} : labelsFor(selector)), [PROBE_LABEL]: "" },
      annotations: { "metallb.io/address-pool": pool.name, [MAKER]: maker },
    },
    spec: {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      ipFamilyPolicy: "SingleStack",
      ipFamilies: [`IPv${familyOf(pool)}`],
      ...(loadBalancerClass ? { loadBalancerClass } : {}),
      ports: [{ name: "web", port: 80, protocol: "TCP" }],
    },
  };
}

/** What leads a service to its backend, and goes with it. */
export function probeEndpoints(service: Place & { readonly uid: string }, backend: Backend) {
  const { name, namespace, uid } = service;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace,
      labels: { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "homelab-network", [PROBE_LABEL]: "" },
      ownerReferences: [{ apiVersion: "v1", kind: "Service", name, uid }],
    },
    addressType: backend.address.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [backend.address], conditions: { ready: true }, nodeName: backend.node }],
    ports: [{ name: "web", port: backend.port, protocol: "TCP" }],
  };
}

/** Nothing lives longer, in seconds: whoever made it has ended, or will never. */
export const PROBE_LIFE = 180;

/**
 * Whether a service of that maker was left behind.
 *
 * @param age in seconds
 * @param isAlive whether a process of this machine is there
 */
export function isStale(maker: string | undefined, age: number, machine: string, isAlive: (process: number) => boolean): boolean {
  const [host = "", process = ""] = (maker ?? "").split(" ");
  return age > PROBE_LIFE || (host === machine && !isAlive(Number(process)));
}
