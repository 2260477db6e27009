import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import type { Plan } from "../config/plan";
import { AddressPools, type AddressPoolsArgs } from "./address-pools";
import { objectsOf } from "./internal/chart-objects";
import { MetalLb } from "./metallb";
import { NextHop } from "./next-hop";

/** Arguments of {@link ClusterNetwork}. */
export interface ClusterNetworkArgs
  extends Pick<Plan, "cluster" | "metallb" | "advertisements" | "gateway">, Pick<AddressPoolsArgs, "steps" | "deadWebhook" | "ready"> {
  /** A kubeconfig's path or content. */
  readonly kubeconfig: pulumi.Input<string>;
}

/** The cluster's half of the network: MetalLB and its pools, in exactly the cluster that the stack file names. */
export class ClusterNetwork extends pulumi.ComponentResource {
  /** What keeps the router's next hop, where that is the cluster's affair. */
  readonly nextHop?: NextHop;
  /** MetalLB's objects in the cluster. */
  readonly objects: pulumi.Output<pulumi.Resource[]>;

  constructor(name: string, args: ClusterNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:ClusterNetwork", name, {}, opts);
    const provider = new Provider(
      "kubernetes",
      {
        // Only another name means another cluster; a new address or certificate of this one replaces nothing.
        clusterIdentifier: args.cluster.name,
        kubeconfig: args.kubeconfig,
        context: args.cluster.context,
      },
      { parent: this, dependsOn: opts?.dependsOn ?? [] },
    );
    const metallb = new MetalLb("metallb", args.metallb, { parent: this, provider });
    this.objects = objectsOf(metallb.chart);
    const { steps, advertisements, deadWebhook, ready } = args;
    const pools = { namespace: args.metallb.namespace, steps, advertisements, deadWebhook, metallb: metallb.chart, ready };
    const { after } = new AddressPools("pools", pools, { parent: this, provider });
    const { mode, address } = args.gateway;
    const { namespace } = args.metallb;
    if (mode === "floating") this.nextHop = new NextHop("next-hop", { address, namespace, deadWebhook, after }, { parent: this, provider });
    this.registerOutputs({});
  }
}
