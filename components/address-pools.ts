import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import * as pulumi from "@pulumi/pulumi";

import type { AdvertisementPlan, PoolPlan } from "../network/plan";

/** Arguments of {@link AddressPools}. */
export interface AddressPoolsArgs {
  /** MetalLB's namespace: its webhook refuses pools anywhere else. */
  readonly namespace: string;
  readonly pools: readonly PoolPlan[];
  readonly advertisement: AdvertisementPlan;
  /** What serves the pools' kinds and their webhook. */
  readonly metallb: pulumi.Resource;
}

const apiVersion = "metallb.io/v1beta1";

/** The address pools of a cluster, and one advertisement of them all on the local network. */
export class AddressPools extends pulumi.ComponentResource {
  constructor(name: string, args: AddressPoolsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:AddressPools", name, {}, opts);
    const { namespace } = args;
    for (const { name: pool, addresses, autoAssign, avoidBuggyIPs } of args.pools) {
      new CustomResource(
        pool,
        {
          apiVersion,
          kind: "IPAddressPool",
          metadata: { name: pool, namespace },
          spec: { addresses: addresses.map(({ text }) => text), autoAssign, avoidBuggyIPs },
        },
        // The webhook refuses a second pool with the same addresses, so a renamed one must go before it comes.
        { parent: this, dependsOn: [args.metallb], deleteBeforeReplace: true },
      );
    }
    new CustomResource(
      name,
      {
        apiVersion,
        kind: "L2Advertisement",
        metadata: { name, namespace },
        spec: { ipAddressPools: args.pools.map((pool) => pool.name), nodeSelectors: args.advertisement.nodeSelectors },
      },
      { parent: this, dependsOn: [args.metallb] },
    );
    this.registerOutputs({});
  }
}
