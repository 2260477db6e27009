import * as pulumi from "@pulumi/pulumi";

import { check } from "./preflight/preflight";
import { ClusterNetwork } from "./components/cluster-network";
import { announced } from "./preflight/next-hop-ready";
import { Protection } from "./components/protection";
import { destroyGuard } from "./preflight/destroy";
import { IDENTITY } from "./engine/state-contents";
import { readStack, completeStack } from "./preflight/stack";
import { StaticRoute } from "./components/static-route";

const open = readStack();

/** The program of one stack. What it returns becomes the stack's outputs. */
export = async () => {
  const stack = await completeStack(open);
  const { plan, kubeconfig, login } = stack;
  const { cluster, routes, identity, protect, destroy } = await check(stack);
  const guard = destroyGuard(stack, destroy);

  // Recorded before anything is made in the cluster, and deleted after all of it.
  const recorded = identity === undefined ? [] : [new pulumi.Stash(IDENTITY, { input: identity }, { hooks: { beforeDelete: [guard] } })];
  const network = new ClusterNetwork("cluster", { ...plan, ...cluster, kubeconfig }, { dependsOn: recorded });
  // No route may lead to a next hop at which nobody answers yet.
  const after = destroy ? undefined : network.nextHop && announced(network.nextHop, stack);
  // Pools on the LAN need no route.
  const route = plan.routes.length > 0 ? [new StaticRoute("route", { ...plan, ...routes, login, after })] : [];
  new Protection("pools.protect", { protect, over: [network, ...route, ...recorded], objects: network.objects, guard });

  return {
    /** The cluster's name, and what identifies it: the UID of its namespace kube-system. */
    cluster: { name: plan.cluster.name, identity },
    /** The networks of each pool, by its name. */
    pools: Object.fromEntries(plan.pools.map(({ name, addresses }) => [name, addresses.map(({ text }) => text)])),
    /** The address that the router sends the pools' traffic to. */
    nextHop: plan.gateway.address,
    /** The routes, in the values of the router's form. */
    route: plan.routes.map(({ destination, gateway, metric }) => ({
      network: destination.network,
      netmask: destination.netmask,
      gateway,
      metric,
    })),
    /** The version of MetalLB's chart. */
    chartVersion: plan.metallb.version,
  };
};
