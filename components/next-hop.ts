import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import * as pulumi from "@pulumi/pulumi";

import { nextHopManifests } from "../cluster/manifests/next-hop";
import { withoutDryRun } from "./internal/without-dry-run";

/** Arguments of {@link NextHop}. */
export interface NextHopArgs {
  /** A free address of the LAN. */
  readonly address: string;
  /** MetalLB's namespace. */
  readonly namespace: string;
  /** Whether the webhook is there without its service, so that it refuses all that a preview asks. */
  readonly deadWebhook: boolean;
  /** What must be there before a pool is made; awaited where this is no preview. */
  readonly after: pulumi.Input<pulumi.Input<pulumi.Resource>[]>;
}

/** A next hop for the router that MetalLB announces from one of the masters, and moves to another when that one is lost. */
export class NextHop extends pulumi.ComponentResource {
  /** There when the address is given. */
  readonly service: Service;

  constructor(name: string, { address, namespace, deadWebhook, after }: NextHopArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:NextHop", name, {}, opts);
    const { pool, advertisement, service } = nextHopManifests(address, namespace);
    const shown = <T extends { readonly metadata: object }>(manifest: T) =>
      pulumi.runtime.isDryRun() && deadWebhook ? withoutDryRun(manifest) : manifest;
    const addresses = new CustomResource(pool.metadata.name, shown(pool), { parent: this, dependsOn: after, deleteBeforeReplace: true });
    const announced = new CustomResource(`${pool.metadata.name}-advertisement`, shown(advertisement), { parent: this, dependsOn: after });
    this.service = new Service(pool.metadata.name, service, { parent: this, dependsOn: [addresses, announced], deleteBeforeReplace: true });
    this.registerOutputs({});
  }
}
