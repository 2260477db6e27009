import { check } from "./preflight/preflight";
import { ClusterNetwork } from "./components/cluster-network";
import { announced } from "./preflight/next-hop-ready";
import { Protection } from "./components/protection";
import { readStack, completeStack } from "./preflight/stack";
import { StaticRoute } from "./components/static-route";

const open = readStack();

/** The program of one stack. What it returns becomes the stack's outputs. */
export = async () => {
  const stack = await completeStack(open);
  const { plan, kubeconfig, login } = stack;
  const { cluster, routes, protect, destroy } = await check(stack);

  const network = new ClusterNetwork("cluster", { ...plan, ...cluster, kubeconfig });
  // No route may lead to a next hop at which nobody answers yet.
  const after = destroy ? undefined : network.nextHop && announced(network.nextHop, stack);
  // Pools on the LAN need no route.
  const route = plan.routes.length > 0 ? [new StaticRoute("route", { ...plan, ...routes, login, after })] : [];
  new Protection("pools.protect", { protect, over: [network, ...route], objects: network.objects });

  return {
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
