import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import * as pulumi from "@pulumi/pulumi";

import { advertisementManifest, poolManifest } from "../cluster/manifests/manifests";
import type { AdvertisementPlan } from "../config/plan";
import type { PoolStep } from "../cluster/diagnosis/pool-order";
import { whenCreated } from "../engine/when-created";
import { withoutDryRun } from "./internal/without-dry-run";

/** Arguments of {@link AddressPools}. */
export interface AddressPoolsArgs {
  /** MetalLB's namespace: its webhook refuses pools anywhere else. */
  readonly namespace: string;
  /** The pools, each after those that it waits for. */
  readonly steps: readonly PoolStep[];
  readonly advertisements: readonly AdvertisementPlan[];
  /** Whether the webhook is there without its service, so that it refuses all that a preview asks. */
  readonly deadWebhook: boolean;
  /** What serves the pools' kinds and their webhook. */
  readonly metallb: pulumi.Resource;
  /** Resolves when the webhook answers. Asked when {@link metallb} is there, and not in previews. */
  readonly ready: () => Promise<void>;
}

/** The address pools of a cluster, and their advertisements on the local network. */
export class AddressPools extends pulumi.ComponentResource {
  /** What has to be there before a pool is made. */
  readonly after: Promise<pulumi.Resource[]>;

  constructor(name: string, args: AddressPoolsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:AddressPools", name, {}, opts);
    const { namespace, metallb, deadWebhook } = args;
    const isPreview = pulumi.runtime.isDryRun();
    const answers = isPreview ? Promise.resolve() : whenCreated(metallb).then(args.ready);
    this.after = answers.then(() => [metallb]);
    const after = (...earlier: pulumi.Resource[]) => ({ parent: this, dependsOn: this.after.then((first) => [...first, ...earlier]) });
    const pools = new Map<string, pulumi.Resource>();
    for (const { pool, after: givers, formerly } of args.steps) {
      const manifest = poolManifest(pool, namespace);
      // The server cannot know in a preview that what is in the way will have gone.
      const refused = deadWebhook || givers.length > 0 || formerly !== undefined;
      const resource = new CustomResource(pool.name, isPreview && refused ? withoutDryRun(manifest) : manifest, {
        ...after(...givers.flatMap((giver) => pools.get(giver) ?? [])),
        // The webhook refuses a second pool with the same addresses, so a renamed one must go before it comes.
        deleteBeforeReplace: true,
        aliases: formerly === undefined ? [] : [{ name: formerly }],
      });
      pools.set(pool.name, resource);
    }
    for (const advertisement of args.advertisements) {
      const manifest = advertisementManifest(advertisement, namespace);
      new CustomResource(advertisement.name, isPreview && deadWebhook ? withoutDryRun(manifest) : manifest, after());
    }
    this.registerOutputs({});
  }
}
