import { ClusterNetwork } from "./components/cluster-network";
import { readStack } from "./components/stack-config";
import { StaticRoute } from "./components/static-route";

const { plan, kubeconfig, login } = readStack();

new ClusterNetwork("cluster", { ...plan, kubeconfig });
new StaticRoute("route", { ...plan, login });

/** The networks of each pool, by its name. */
export const pools = Object.fromEntries(plan.pools.map(({ name, addresses }) => [name, addresses.map(({ text }) => text)]));

/** The address that the router sends the pools' traffic to. */
export const nextHop = plan.gateway.address;

/** The routes, in the values of the router's form. */
export const route = plan.routes.map(({ destination, gateway, metric }) => ({
  network: destination.network,
  netmask: destination.netmask,
  gateway,
  metric,
}));

/** The version of MetalLB's chart. */
export const chartVersion = plan.metallb.version;
