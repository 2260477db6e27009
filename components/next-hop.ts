import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import * as pulumi from "@pulumi/pulumi";

import { nextHopManifests } from "../cluster/manifests/next-hop";
import { parseNextHopArgs } from "../config/network-args";
import { checkArguments, requireObject } from "./internal/arguments";
import { HomelabComponent } from "./internal/homelab-component";
import type { NetworkPreflight } from "./internal/preflight";
import { isDryRunRefused, withoutDryRun } from "./internal/without-dry-run";

/** Arguments of {@link NextHop}. */
export interface NextHopArgs {
  /**
   * A free IPv4 address of the LAN, outside of the router's DHCP range.
   *
   * @example "192.168.50.240"
   */
  readonly address: string;
  /**
   * MetalLB's namespace.
   *
   * @default "metallb-system"
   */
  readonly namespace?: string;
  /**
   * The class of the services that MetalLB handles, as in the chart's value `loadBalancerClass`.
   *
   * @default none: MetalLB handles services without a class
   * @example "example.org/metallb"
   */
  readonly loadBalancerClass?: string;
  /**
   * The result of the preflight check.
   *
   * @default none
   */
  readonly preflight?: Partial<Pick<NetworkPreflight, "orphanedWebhook" | "withoutDryRun">>;
}

/**
 * A next hop for the router. MetalLB announces its address from one master, and moves it to another master if that one fails. Set
 * `dependsOn` to the chart that installs MetalLB's custom resource definitions.
 *
 * @example new NextHop("next-hop", { address: "192.168.50.240" }, { provider, dependsOn: metallb.chart });
 */
export class NextHop extends HomelabComponent {
  /** The service that holds the address. It is created when MetalLB has assigned the address. */
  readonly service: Service;
  /** The address; known when MetalLB has assigned it. */
  readonly address: pulumi.Output<string>;

  /** @throws pulumi.ResourceError if arguments are invalid; the error lists every problem */
  constructor(name: string, args: NextHopArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:NextHop", name, {}, opts);
    const component = { resource: this, label: `NextHop ${name}` };
    requireObject(component, args);
    const { preflight, ...nextHopArgs } = args;
    const { address, namespace, loadBalancerClass } = checkArguments(component, { now: parseNextHopArgs(nextHopArgs) }).shape;
    const { pool, advertisement, service } = nextHopManifests(address, namespace, loadBalancerClass);
    // The manifests' names begin with "next-hop", the component's name in index.ts.
    const child = `${name}${pool.metadata.name.slice("next-hop".length)}`;
    const forPreview = <T extends { readonly kind: string; readonly metadata: { readonly name: string } }>(manifest: T) => {
      const isRefused = isDryRunRefused(preflight, `${manifest.kind} ${manifest.metadata.name}`);
      return pulumi.runtime.isDryRun() && isRefused ? withoutDryRun(manifest) : manifest;
    };
    const dependsOn = opts?.dependsOn ?? [];
    const poolResource = new CustomResource(child, forPreview(pool), { parent: this, dependsOn, deleteBeforeReplace: true });
    const advertisementResource = new CustomResource(`${child}-advertisement`, forPreview(advertisement), { parent: this, dependsOn });
    this.service = new Service(child, forPreview({ kind: "Service" as const, ...service }), {
      parent: this,
      dependsOn: [poolResource, advertisementResource],
      deleteBeforeReplace: true,
      // Kubernetes does not allow a service's class to change.
      replaceOnChanges: ["spec.loadBalancerClass"],
    });
    this.address = this.service.metadata.apply(() => address);
    this.registerOutputs({ address: this.address });
  }
}
