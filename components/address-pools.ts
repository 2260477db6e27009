import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import * as pulumi from "@pulumi/pulumi";

import { advertisementManifest, poolManifest } from "../network/manifests";
import type { AdvertisementPlan, PoolPlan } from "../network/plan";

/** Arguments of {@link AddressPools}. */
export interface AddressPoolsArgs {
  /** MetalLB's namespace: its webhook refuses pools anywhere else. */
  readonly namespace: string;
  readonly pools: readonly PoolPlan[];
  readonly advertisements: readonly AdvertisementPlan[];
  /** Whether a preview must not ask the server about them. */
  readonly skipDryRun: boolean;
  /** What serves the pools' kinds and their webhook. */
  readonly metallb: pulumi.Resource;
}

/** The address pools of a cluster, and their advertisements on the local network. */
export class AddressPools extends pulumi.ComponentResource {
  constructor(name: string, args: AddressPoolsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:AddressPools", name, {}, opts);
    const { namespace } = args;
    const manifest = <T extends Manifest>(made: T) => (args.skipDryRun ? withoutDryRun(made) : made);
    const afterMetallb = { parent: this, dependsOn: [args.metallb] };
    for (const pool of args.pools) {
      // The webhook refuses a second pool with the same addresses, so a renamed one must go before it comes.
      new CustomResource(pool.name, manifest(poolManifest(pool, namespace)), { ...afterMetallb, deleteBeforeReplace: true });
    }
    for (const advertisement of args.advertisements) {
      new CustomResource(advertisement.name, manifest(advertisementManifest(advertisement, namespace)), afterMetallb);
    }
    this.registerOutputs({});
  }
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
}

/** The provider leaves out its dry run where an input is unknown; nothing is, outside a preview. */
function withoutDryRun<T extends Manifest>(manifest: T) {
  const annotations = pulumi.output(pulumi.unknown) as unknown as pulumi.Output<Record<string, string>>;
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}
