import * as pulumi from "@pulumi/pulumi";

import { ClusterNetwork, StaticRoutes, type MetalLbArgs } from "../../components";

const config = new pulumi.Config();
const destination = config.get("pool") ?? "10.5.0.0/24";

const network = new ClusterNetwork("lab", {
  kubeconfig: config.require("kubeconfig"),
  context: config.require("context"),
  metallb: config.getObject<MetalLbArgs>("metallb") ?? {},
  pools: [{ name: "primary", addresses: [destination] }],
});

const routes = new StaticRoutes(
  "routes",
  {
    router: {
      host: config.require("routerHost"),
      user: config.require("routerUser"),
      privateKey: config.requireSecret("routerKey"),
      hostKey: config.require("routerHostKey"),
    },
    routes: [{ destination, gateway: config.require("gateway") }],
  },
  // The route comes when the pool is there, and goes before it.
  { dependsOn: network },
);

export const pools = network.pools;
export const route = routes.routes;
