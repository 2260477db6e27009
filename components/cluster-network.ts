import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import type { Plan } from "../network/plan";
import { AddressPools } from "./address-pools";
import { MetalLb } from "./metallb";

/** Arguments of {@link ClusterNetwork}. */
export interface ClusterNetworkArgs extends Pick<Plan, "cluster" | "metallb" | "pools" | "advertisements"> {
  /** A kubeconfig's path or content. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Whether a preview must not ask the server about pools, since a dead webhook would refuse them. */
  readonly skipDryRun: boolean;
}

/** The cluster's half of the network: MetalLB and its pools, in exactly the cluster that the stack file names. */
export class ClusterNetwork extends pulumi.ComponentResource {
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
      { parent: this },
    );
    const metallb = new MetalLb("metallb", args.metallb, { parent: this, provider });
    const { pools, advertisements, skipDryRun } = args;
    new AddressPools(
      "pools",
      { namespace: args.metallb.namespace, pools, advertisements, skipDryRun, metallb: metallb.chart },
      { parent: this, provider },
    );
    this.registerOutputs({});
  }
}
