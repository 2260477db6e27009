import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

import type { Metadata } from "../manifests/kube-object";
import type { Plan, PoolPlan } from "../../config/plan";
import {
  isStale,
  CREATOR,
  namespaceFor,
  PROBE_LABEL,
  probeEndpoints,
  probeService,
  type Backend,
  type Namespace,
  type Place,
} from "../manifests/service-probe";
import { ask, list, read, refusalText } from "../api/api-client";
import { NoResponse, type ApiServer } from "../api/kubeconfig";
import { poll } from "../../config/poll";
import { OneLineError } from "../../config/user-error";

/** A probe could not be made. The message has the reason and the fix. */
export class ProbeFailed extends OneLineError {
  override readonly name = "TrialFailed";
  constructor(
    message: string,
    readonly fix: string,
    /** Whether the cluster refused the objects, so that none of them exists. */
    readonly isRefusal = false,
  ) {
    super(message);
  }
}

/** A created probe service. */
export interface ServiceProbe extends Place {
  readonly uid: string;
}

interface Service {
  readonly metadata: Metadata & { readonly creationTimestamp?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The time limit and the interval of attempts to remove a probe, in milliseconds. */
const forRemoval = { limit: 20_000, interval: 500 };

const LABELLED = `labelSelector=${encodeURIComponent(PROBE_LABEL)}`;

/**
 * Returns the name of this machine and the number of this process. Other processes can then see whether the owner of a probe still runs.
 */
export const creator = (): string => `${hostname()} ${process.pid}`;

/**
 * Creates a service with an address of a pool, connected to a backend.
 *
 * @param address the address to request; by default MetalLB chooses one
 * @throws ProbeFailed if the cluster refuses it. @throws NoResponse if the server does not answer.
 */
export async function createProbe(
  server: ApiServer,
  plan: Plan,
  pool: PoolPlan,
  backend: Backend,
  address?: string,
): Promise<ServiceProbe> {
  const restricted = pool.serviceAllocation?.namespaces ?? pool.serviceAllocation?.namespaceSelectors;
  const all = restricted === undefined ? [] : await list<{ metadata: Metadata }>(server, "/api/v1/namespaces");
  const namespaces = all.map(({ metadata: { name, labels = {} } }): Namespace => ({ name, labels }));
  const namespace = namespaceFor(pool, plan.metallb.namespace, namespaces);
  if (namespace === undefined) {
    throw new ProbeFailed(`pool ${pool.name} gives addresses to no existing namespace`, "create one, or widen its serviceAllocation");
  }
  const place = { namespace, name: `homelab-network-trial-${randomBytes(4).toString("hex")}` };
  let isThere = false;
  try {
    const service = await post<Service>(
      server,
      `/api/v1/namespaces/${namespace}/services`,
      probeService(plan, pool, place, creator(), address),
    );
    isThere = true;
    const probe = { ...place, uid: service.metadata.uid ?? "" };
    await post(server, `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, probeEndpoints(probe, backend));
    return probe;
  } catch (error) {
    // The service may exist although the answer to its creation was lost.
    if (isThere || !(error instanceof ProbeFailed && error.isRefusal)) await removeProbe(server, place);
    throw error;
  }
}

async function post<T>(server: ApiServer, path: string, content: object): Promise<T> {
  const answer = await ask(server, `${path}?fieldManager=homelab-network`, { method: "POST", content });
  if (answer.status === 201) return JSON.parse(answer.body) as T;
  const fix = "give this user the rights, or fix what rejects it";
  throw new ProbeFailed(`a probe service cannot be created: ${refusalText(answer)}`, fix, answer.status < 500);
}

/** Returns the address of a service. If it has none yet, returns the last event of MetalLB about it. */
export async function addressOf(
  server: ApiServer,
  { namespace, name, uid }: ServiceProbe,
): Promise<{ address?: string; blocker?: string }> {
  const service = await read<Service>(server, `/api/v1/namespaces/${namespace}/services/${name}`);
  const address = service?.status?.loadBalancer?.ingress?.[0]?.ip;
  if (address !== undefined) return { address };
  const about = encodeURIComponent(`involvedObject.uid=${uid},type=Warning`);
  const events = await list<Event>(server, `/api/v1/namespaces/${namespace}/events?fieldSelector=${about}`).catch(() => []);
  const message = events.at(-1)?.message;
  return message === undefined ? {} : { blocker: message };
}

/** Removes a probe service and waits until it is gone. @throws ProbeFailed if it still exists */
export async function removeProbe(server: ApiServer, { namespace, name }: Place): Promise<void> {
  const service = `/api/v1/namespaces/${namespace}/services/${name}`;
  const slice = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${name}`;
  const isGone = async () => (await Promise.all([remove(server, service), remove(server, slice)])).every(Boolean);
  if (await poll(async () => (await isGone()) || undefined, forRemoval)) return;
  const fix = `the next verify removes it, or: kubectl delete service,endpointslice ${name} --namespace ${namespace}`;
  throw new ProbeFailed(`the probe service ${namespace}/${name} cannot be removed and may still exist`, fix);
}

/** @returns whether the object is gone */
async function remove(server: ApiServer, path: string): Promise<boolean> {
  try {
    await ask(server, path, { method: "DELETE", content: { apiVersion: "v1", kind: "DeleteOptions" } });
    return (await ask(server, path)).status === 404;
  } catch (error) {
    if (error instanceof NoResponse) return false;
    throw error;
  }
}

/** Removes probe services of interrupted runs. @returns their names */
export async function removeStaleProbes(server: ApiServer): Promise<string[]> {
  const services = await list<Service>(server, `/api/v1/services?${LABELLED}`);
  const left = services.filter(({ metadata: { annotations = {}, creationTimestamp = "" } }) => {
    const age = (Date.now() - Date.parse(creationTimestamp)) / 1000;
    return isStale(annotations[CREATOR], age, hostname(), isAlive);
  });
  const places = left.map(({ metadata: { namespace = "", name } }) => ({ namespace, name }));
  for (const place of places) await removeProbe(server, place);
  return places.map(({ namespace, name }) => `${namespace}/${name}`);
}

function isAlive(id: number): boolean {
  try {
    return Number.isInteger(id) && id > 0 && process.kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
