/** The objects of a probe: a service that exists for some seconds, to check whether a service of a pool would answer. */
import type { AdvertisementPlan, LabelSelector, Plan, PoolPlan } from "../../config/plan";
import { loadBalancerClassIn } from "../../config/load-balancer-class";
import { matches } from "./selectors";

/** The label of all probe objects. */
export const PROBE_LABEL = "homelab-network/trial";
/** The annotation with the machine and the process that created a probe. */
export const CREATOR = "homelab-network/made-by";

/** The pod that a probe service leads to. */
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

/** Returns a namespace in which a service gets an address of the pool: MetalLB's own, unless the pool is restricted to other namespaces. */
export function namespaceFor({ serviceAllocation }: PoolPlan, metallb: string, namespaces: readonly Namespace[]): string | undefined {
  const { namespaces: named = [], namespaceSelectors: selectors = [] } = serviceAllocation ?? {};
  if (named.length === 0 && selectors.length === 0) return metallb;
  const isIn = ({ name, labels }: Namespace) => named.includes(name) || selectors.some((selector) => matches(selector, labels));
  const open = namespaces.filter(isIn).map(({ name }) => name);
  return open.includes(metallb) ? metallb : open[0];
}

/** Returns labels that a selector matches. */
export function labelsFor({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Record<string, string> {
  const requiredLabels = matchExpressions.flatMap(({ key, operator, values = [] }): [string, string][] => {
    if (operator === "In") return [[key, values[0] ?? ""]];
    return operator === "Exists" ? [[key, ""]] : [];
  });
  return { ...Object.fromEntries(requiredLabels), ...matchLabels };
}

/** Returns the address family of a pool's probe service; IPv4 if the pool has both. */
export const familyOf = ({ addresses }: PoolPlan): 4 | 6 => (addresses.some(({ family }) => family === 4) ? 4 : 6);

/** The namespace and the name of a probe service. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Returns the probe service of a pool. It has no selector because its backend may be in another namespace; see {@link probeEndpoints}.
 *
 * @param place chosen in advance, so that the service can be removed even if the answer to its creation was lost
 * @param creator the machine and the process that create the service
 * @param address the address of the pool to request; by default MetalLB chooses one
 */
export function probeService({ metallb, advertisements }: Plan, pool: PoolPlan, place: Place, creator: string, address?: string) {
  const selectors = [...(pool.serviceAllocation?.serviceSelectors ?? []).slice(0, 1), ...announcedFor(pool, advertisements)];
  const loadBalancerClass = loadBalancerClassIn(metallb.values);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...place,
      labels: { ...Object.fromEntries(selectors.flatMap((selector) => Object.entries(labelsFor(selector)))), [PROBE_LABEL]: "" },
      annotations: {
        "metallb.io/address-pool": pool.name,
        ...(address === undefined ? {} : { "metallb.io/loadBalancerIPs": address }),
        [CREATOR]: creator,
      },
    },
    spec: {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      ipFamilyPolicy: "SingleStack",
      ipFamilies: [`IPv${familyOf(pool)}`],
      ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
      ports: [{ name: "web", port: 80, protocol: "TCP" }],
    },
  };
}

/** Returns a selector for services that are announced; none if some advertisement of the pool is for all services. */
function announcedFor({ name }: PoolPlan, advertisements: readonly AdvertisementPlan[]): LabelSelector[] {
  const restricted = advertisements.filter(({ pools }) => pools.includes(name)).map(({ serviceSelectors }) => serviceSelectors?.[0]);
  const [first] = restricted;
  return first === undefined || restricted.includes(undefined) ? [] : [first];
}

/** Returns the endpoints that connect a service with its backend. Kubernetes deletes them with the service. */
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

/** The lifetime of a probe in seconds. An older one was left by a process that has ended or hangs. */
export const PROBE_LIFE = 180;

/**
 * Whether a probe service was left behind by its maker.
 *
 * @param age the age in seconds
 * @param isAlive whether a process of this machine is running
 */
export function isStale(creator: string | undefined, age: number, machine: string, isAlive: (process: number) => boolean): boolean {
  const [host = "", process = ""] = (creator ?? "").split(" ");
  return age > PROBE_LIFE || (host === machine && !isAlive(Number(process)));
}
