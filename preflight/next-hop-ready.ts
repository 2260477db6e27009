import * as pulumi from "@pulumi/pulumi";

import { nextHopName } from "../config/next-hop";
import { driverOf } from "../router/drivers";
import { list } from "../cluster/api/api-client";
import { whenCreated } from "../engine/when-created";
import { connectionOf } from "../cluster/api/connection";
import { apiServerOf, NoResponse } from "../cluster/api/kubeconfig";
import { queryRouter } from "../router/ssh";
import { RouterUnreachable, RouterRejects } from "../router/ssh-errors";
import type { Stack } from "./stack";
import { userError } from "../engine/run-error";
import { waitFor, type WaitOptions } from "../cluster/survey/waiting";

const waitForSpeaker: WaitOptions = { limit: 60_000, interval: 1000, reportInterval: 10_000 };

/** Returns the next hop as a dependency once a node answers for it; in a preview at once. */
export function announced(
  { service }: { readonly service: pulumi.Resource },
  stack: Stack,
  query = queryRouter,
): Promise<pulumi.Resource[]> {
  if (pulumi.runtime.isDryRun()) return Promise.resolve([service]);
  return whenCreated(service)
    .then(() => waitForNextHop(stack, waitForSpeaker, query))
    .then(() => [service]);
}

/**
 * Waits until a node answers for the floating next hop, because the router refuses a route to an address without a host. MetalLB's status
 * is read first, since that is cheap. The status can lack a node that took over, so the router is read next. If the cluster
 * cannot be read, the router decides when it gets the route.
 *
 * @throws pulumi.RunError if no node answers in time
 */
export async function waitForNextHop(stack: Stack, options = waitForSpeaker, query = queryRouter): Promise<void> {
  const { plan, login } = stack;
  const { gateway, metallb, router, routes } = plan;
  const driver = driverOf(router.type);
  const { kubeconfig, context } = connectionOf(stack);
  const name = nextHopName(gateway.address);
  const isAnnounced = async (): Promise<boolean> => {
    const statuses = await list<LayerTwoStatus>(apiServerOf(kubeconfig, context), "/apis/metallb.io/v1beta1/servicel2statuses");
    return statuses.some(({ status }) => status?.serviceName === name && status.serviceNamespace === metallb.namespace);
  };
  const answers = async (): Promise<boolean> => {
    if (driver === undefined) return false;
    try {
      const { text } = await query({ router, login }, driver.query(routes));
      return driver.answersAt(gateway.address, driver.parse(text));
    } catch (error) {
      if (error instanceof RouterUnreachable || error instanceof RouterRejects) return false;
      throw error;
    }
  };
  const look = async (first: boolean) => (await isAnnounced()) || (!first && (await answers()));
  try {
    if (await waitFor(options, "Waiting until a node announces the next hop, before the route is set.", look)) return;
  } catch (error) {
    if (error instanceof NoResponse) return;
    throw error;
  }
  throw userError(
    `No node has announced the next hop ${gateway.address} (service ${metallb.namespace}/${name}) within ${options.limit / 1000} s, so no route can ` +
      `use it; see which masters have a speaker with "kubectl get pods --namespace ${metallb.namespace} --output wide".`,
  );
}

/** MetalLB's status object, which names the node that announces a service. */
interface LayerTwoStatus {
  readonly status?: { readonly serviceName?: string; readonly serviceNamespace?: string };
}
