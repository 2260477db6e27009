import { checkCluster } from "./components/cluster-checks";
import { announced } from "./components/next-hop-gate";
import { questionOf } from "./components/cluster-question";
import { ClusterNetwork } from "./components/cluster-network";
import { checkRouter } from "./components/router-checks";
import { readStack } from "./components/stack-config";
import { StaticRoute } from "./components/static-route";
import { webhookAnswers } from "./components/webhook-gate";

const stack = readStack();

/** The program of one stack. What it returns becomes the stack's outputs. */
export = async () => {
  const { plan, kubeconfig, login } = stack;
  // Nothing may be touched before it is known that the router takes the routes, nor registered before the cluster is rid of what would refuse it.
  const routed = checkRouter(stack);
  const [repair, { deadWebhook, steps }] = await Promise.all([routed, checkCluster(stack, { ready: routed })]);

  const question = questionOf(stack);
  const { nextHop } = new ClusterNetwork("cluster", { ...plan, steps, kubeconfig, deadWebhook, ready: () => webhookAnswers(question) });
  // Pools on the LAN need no route; and no route may lead to a next hop at which nobody answers yet.
  if (plan.routes.length > 0) new StaticRoute("route", { ...plan, login, repair, after: nextHop && announced(nextHop, question) });

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
