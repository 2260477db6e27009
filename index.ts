import * as pulumi from "@pulumi/pulumi";

import { check, type Deps } from "./preflight/preflight";
import { ClusterNetwork } from "./components/cluster-network";
import { Protection } from "./components/protection";
import { StaticRoutes } from "./components/static-routes";
import { networkArgsOf } from "./config/network-args";
import { routesArgsOf } from "./config/routes-args";
import { readCommand } from "./engine/cli-invocation";
import { quietShutdown } from "./engine/quiet-shutdown";
import { IDENTITY, stackOutputsIn } from "./engine/state-contents";
import { destroyGuard } from "./preflight/destroy";
import { announced } from "./preflight/next-hop-ready";
import { beginQuery } from "./preflight/router-access";
import { completeStack, readStack } from "./preflight/stack";

/**
 * Runs the program of one stack and returns the stack's outputs.
 *
 * @param deps the dependencies of the checks; the engine passes none, tests pass their own router
 */
export = async (deps: Partial<Deps> = {}) => {
  quietShutdown();
  const command = (deps.readCommand ?? readCommand)();
  const configured = readStack();
  const query = beginQuery(configured, command, deps.query);
  const stack = await completeStack(configured);
  const { plan, kubeconfig, login, values } = stack;
  const checks = await check(stack, { ...deps, query, readCommand: () => command });
  const { cluster, routes, records: checked, identity, protect, destroy, isStateEnough } = checks;
  const guard = destroyGuard(stack, command);
  if (isStateEnough) return stackOutputsIn(stack.state);

  // `dependsOn` makes the identity the first resource to be created and the last one to be deleted.
  const recorded = identity === undefined ? [] : [new pulumi.Stash(IDENTITY, { input: identity }, { hooks: { beforeDelete: [guard] } })];
  const ofCluster = { ...networkArgsOf(plan), metallb: { ...plan.metallb, values }, kubeconfig, preflight: cluster };
  const network = new ClusterNetwork("cluster", ofCluster, { dependsOn: recorded });
  // The router must not get a route to a next hop before a node answers for its address.
  const nextHop = network.floating === undefined || destroy ? [] : announced(network.floating, stack, deps.query);
  // A pool that the cluster refuses must not leave its route on the router.
  const dependsOn = destroy ? [] : Promise.resolve(nextHop).then((hop) => [...hop, network.addressPools]);
  const args = { ...routesArgsOf(plan, login), preflight: routes };
  // Pools on the LAN need no route.
  const route = plan.routes.length > 0 ? new StaticRoutes("route", args, { dependsOn }) : undefined;
  const { reservations } = checked;
  // Most stacks reserve nothing, and do not load this.
  const lan = reservations.length + plan.names.length === 0 ? undefined : await import("./components/internal/stack-records");
  const records = lan?.recordsOf(plan, login, checked);
  const dependents = [network, ...[route, records].flatMap((one) => one ?? []), ...recorded];
  new Protection("pools.protect", { protect, dependents, objects: network.objects, guard });

  return {
    /** The cluster's name and its identity, the UID of namespace kube-system. */
    cluster: { name: plan.cluster.name, identity },
    /** The addresses of each pool, by the pool's name. */
    pools: network.pools,
    /** The address that the router sends the pools' traffic to. */
    nextHop: plan.gateway.address,
    /** The routes, with the values of the router's form. */
    route: route?.routes ?? [],
    /** The addresses that the router's DHCP server reserves, with the nodes' hardware addresses, and what its DNS server resolves and forwards. */
    ...(records === undefined ? {} : { reservations: records.reservations, names: records.names, domains: records.domains }),
    /** The version of MetalLB's chart. */
    chartVersion: network.chartVersion,
  };
};
