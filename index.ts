import * as pulumi from "@pulumi/pulumi";

import { check, type Deps } from "./preflight/preflight";
import { ClusterNetwork } from "./components/cluster-network";
import { Protection } from "./components/protection";
import { StaticRoutes } from "./components/static-routes";
import { networkArgsOf } from "./config/network-args";
import { routesArgsOf } from "./config/routes-args";
import { IDENTITY } from "./engine/state-contents";
import { destroyGuard } from "./preflight/destroy";
import { announced } from "./preflight/next-hop-ready";
import { completeStack, readStack } from "./preflight/stack";

/**
 * The program of one stack. What it returns becomes the stack's outputs.
 *
 * @param deps what the checks depend on; the engine passes nothing, and tests pass a router of their own
 */
export = async (deps: Partial<Deps> = {}) => {
  const stack = await completeStack(readStack());
  const { plan, kubeconfig, login } = stack;
  const { cluster, routes, identity, protect, destroy } = await check(stack, deps);
  const guard = destroyGuard(stack, destroy);

  // Recorded before anything is made in the cluster, and deleted after all of it.
  const recorded = identity === undefined ? [] : [new pulumi.Stash(IDENTITY, { input: identity }, { hooks: { beforeDelete: [guard] } })];
  const network = new ClusterNetwork("cluster", { ...networkArgsOf(plan), kubeconfig, preflight: cluster }, { dependsOn: recorded });
  // No route may lead to a next hop at which nobody answers yet.
  const dependsOn = network.floating === undefined || destroy ? [] : announced(network.floating, stack, deps.ask);
  const args = { ...routesArgsOf(plan, login), preflight: routes };
  // Pools on the LAN need no route.
  const route = plan.routes.length > 0 ? new StaticRoutes("route", args, { dependsOn }) : undefined;
  const over = [network, ...(route === undefined ? [] : [route]), ...recorded];
  new Protection("pools.protect", { protect, over, objects: network.objects, guard });

  return {
    /** The cluster's name, and what identifies it: the UID of its namespace kube-system. */
    cluster: { name: plan.cluster.name, identity },
    /** The networks of each pool, by its name. */
    pools: network.pools,
    /** The address that the router sends the pools' traffic to. */
    nextHop: plan.gateway.address,
    /** The routes, in the values of the router's form. */
    route: route?.routes ?? [],
    /** The version of MetalLB's chart. */
    chartVersion: network.chartVersion,
  };
};
