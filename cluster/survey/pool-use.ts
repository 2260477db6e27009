/** What a probe needs to know of a live pool: which addresses are free, and which services have the others. */
import { parseReserved, type AddressBlock } from "../../config/address/address";
import { addressesIn } from "../../config/address/free";
import type { Metadata } from "../manifests/kube-object";
import { listIfAllowed, listUnlessHidden, read } from "../api/api-client";
import type { ApiServer } from "../api/kubeconfig";
import { readServices, toService, type KubernetesService } from "./reader";

/** A service with an address of a pool, and its ports for TCP. */
export interface PoolService {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
}

/** The use of a live pool. */
export interface PoolUse {
  /** Free addresses of one family, in the order in which MetalLB gives them. */
  readonly free: (family: 4 | 6) => Iterable<string>;
  readonly services: readonly PoolService[];
}

interface LivePool {
  readonly spec?: { readonly addresses?: readonly string[]; readonly avoidBuggyIPs?: boolean };
}

/**
 * Reads a pool and the services of the cluster. An address counts as in use if any service has it, also one that MetalLB does not handle.
 *
 * @returns undefined if the cluster has no such pool
 * @throws NoResponse
 */
export async function readPoolUse(server: ApiServer, namespace: string, name: string): Promise<PoolUse | undefined> {
  const [pool, services] = await Promise.all([
    read<LivePool>(server, `/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools/${name}`),
    readServices(server),
  ]);
  if (pool === undefined) return undefined;
  const { addresses = [], avoidBuggyIPs = false } = pool.spec ?? {};
  const blocks = addresses.flatMap((text): AddressBlock[] => {
    const parsed = parseReserved(text);
    return parsed.ok ? [parsed.value] : [];
  });
  const taken = new Set(services.flatMap(({ status }) => (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])));
  function* free(family: 4 | 6): Generator<string> {
    for (const address of addressesIn(
      blocks.filter((block) => block.family === family),
      avoidBuggyIPs,
    ))
      if (!taken.has(address)) yield address;
  }
  return { free, services: services.flatMap((service) => toPoolService(service, name)) };
}

function toPoolService(service: KubernetesService, pool: string): PoolService[] {
  const ports = (service.spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP").map(({ port }) => port);
  return toService(service)
    .filter((one) => one.pool === pool && one.addresses.length > 0)
    .map(({ name, addresses }) => ({ name, addresses, ports }));
}

/** Whether a node announces a service, by MetalLB's own account. */
export type Announcement =
  | { readonly kind: "announced" | "silent" | "unknown" }
  /** MetalLB's event `announceFailed`. */
  | { readonly kind: "failed"; readonly message: string };

interface Status {
  readonly metadata: Metadata;
  readonly status?: { readonly serviceName?: string; readonly serviceNamespace?: string };
}

/** Reads whether a node announces a service; `unknown` if MetalLB's version has no such status, or the user may not see it. @throws NoResponse */
export async function readAnnouncement(
  server: ApiServer,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
): Promise<Announcement> {
  const about = encodeURIComponent(`involvedObject.uid=${uid},reason=announceFailed`);
  const [crds, statuses, events] = await Promise.all([
    read(server, "/apis/metallb.io/v1beta1").then((group) => (group as { resources?: { name: string }[] } | undefined)?.resources ?? []),
    listUnlessHidden<Status>(server, "/apis/metallb.io/v1beta1/servicel2statuses"),
    listIfAllowed<{ message?: string }>(server, `/api/v1/namespaces/${namespace}/events?fieldSelector=${about}`),
  ]);
  const isOf = ({ status }: Status) => status?.serviceName === name && status.serviceNamespace === namespace;
  const message = events.at(-1)?.message;
  if (message !== undefined) return { kind: "failed", message };
  if (statuses === undefined || !crds.some((resource) => resource.name === "servicel2statuses")) return { kind: "unknown" };
  return { kind: statuses.some(isOf) ? "announced" : "silent" };
}
