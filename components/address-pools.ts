import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import * as pulumi from "@pulumi/pulumi";

import type { PoolStep } from "../cluster/diagnosis/pool-order";
import { advertisementManifest, poolManifest } from "../cluster/manifests/manifests";
import { advertisementsOf, parsePoolsArgs, type PoolsPlan } from "../config/network-args";
import type { LabelSelector, ServiceAllocation } from "../config/plan";
import { whenCreated } from "../engine/when-created";
import { checkArguments, findingsWithPools, refuseNoObject, type Arguments } from "./internal/arguments";
import { childName } from "./internal/names";
import type { NetworkPreflight } from "./internal/preflight";
import { withoutDryRun } from "./internal/without-dry-run";

/** A pool of addresses for services of type LoadBalancer. */
export interface PoolArgs {
  /** Its name in Kubernetes: up to 63 lower-case letters, digits and inner dashes. */
  readonly name: string;
  /**
   * Networks and ranges, IPv4 or IPv6. Only networks of IPv4 can have a static route.
   *
   * @example ["10.5.0.0/24"]
   * @example ["192.168.50.200-192.168.50.219", "fd00:5::/64"]
   */
  readonly addresses: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Whether services get an address from it without asking for the pool by name.
   *
   * @default true
   */
  readonly autoAssign?: boolean;
  /**
   * Whether addresses ending in .0 and .255, which some devices mishandle, stay unused.
   *
   * @default true
   */
  readonly avoidBuggyIPs?: boolean;
  /**
   * Which services may have an address of it, as MetalLB's `spec.serviceAllocation`.
   *
   * @default any service
   * @example { priority: 10, namespaces: ["media"] }
   */
  readonly serviceAllocation?: ServiceAllocation;
}

/** Which nodes answer for some pools' addresses, and where. */
export interface AdvertisementArgs {
  /** Its name in Kubernetes. */
  readonly name: string;
  /**
   * The names of the pools.
   *
   * @default all pools
   */
  readonly pools?: readonly string[];
  /**
   * A node that matches any of these announces; `[{}]` is every node.
   *
   * @default the masters: nodes with the label node-role.kubernetes.io/control-plane
   */
  readonly nodeSelectors?: readonly LabelSelector[];
  /**
   * The nodes' network interfaces that announce.
   *
   * @default all interfaces
   * @example ["eth0"]
   */
  readonly interfaces?: readonly string[];
}

/** Addresses that are given away already, so that no pool may hold one of them: each an address, a range or a network. */
export interface ReservedArgs {
  /**
   * What the router hands out by DHCP.
   *
   * @default []
   * @example ["192.168.50.100-192.168.50.199"]
   */
  readonly dhcp?: readonly string[];
  /**
   * Nodes of the cluster.
   *
   * @default []
   */
  readonly nodes?: readonly string[];
  /**
   * The cluster's pod networks.
   *
   * @default ["10.244.0.0/16"], as flannel and Talos have it
   */
  readonly pods?: readonly string[];
  /**
   * The cluster's service networks.
   *
   * @default ["10.96.0.0/12"], as kubeadm has it
   */
  readonly services?: readonly string[];
  /**
   * Anything else: a guest network, a VPN.
   *
   * @default []
   */
  readonly others?: readonly string[];
}

/** Arguments of {@link AddressPools}. */
export interface AddressPoolsArgs {
  /**
   * MetalLB's namespace: its webhook refuses pools anywhere else.
   *
   * @default "metallb-system"
   */
  readonly namespace?: string;
  /** The pools: at least one. */
  readonly pools: readonly PoolArgs[];
  /**
   * Which nodes announce which pools.
   *
   * @default [{ name: "pools" }]: the masters announce all pools
   */
  readonly advertisements?: readonly AdvertisementArgs[];
  /**
   * What no pool may hold.
   *
   * @default the pod and service networks of kubeadm
   */
  readonly reserved?: ReservedArgs;
  /**
   * What a check of the cluster found before.
   *
   * @default nothing: the pools change in their own order
   */
  readonly preflight?: NetworkPreflight;
}

/**
 * The address pools of a cluster that has MetalLB, and their advertisements on the local network. `dependsOn` is to name what serves the pools' kinds.
 *
 * @example new AddressPools("pools", { pools: [{ name: "primary", addresses: ["10.5.0.0/24"] }] }, { provider, dependsOn: metallb.chart });
 */
export class AddressPools extends pulumi.ComponentResource {
  /** The addresses of each pool, by its name. */
  readonly pools: pulumi.Output<Record<string, readonly string[]>>;
  /** What has to be there before a pool is made. */
  readonly after: Promise<pulumi.Input<pulumi.Resource>[]>;

  /** @throws pulumi.ResourceError with all that is wrong with the arguments. */
  constructor(name: string, args: AddressPoolsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:AddressPools", name, {}, opts);
    refuseNoObject({ resource: this, label: `AddressPools ${name}` }, args);
    const { namespace = "metallb-system", preflight } = args;
    const { shape, pick } = this.parse(name, args);
    const isPreview = pulumi.runtime.isDryRun();
    const dependencies = [opts?.dependsOn ?? []].flat() as pulumi.Input<pulumi.Resource>[];
    // This component is there when what it depends on is.
    const ready = preflight === undefined || isPreview ? Promise.resolve() : whenCreated(this).then(preflight.ready);
    this.after = ready.then(() => dependencies);
    const after = (...earlier: pulumi.Resource[]) => ({ parent: this, dependsOn: this.after.then((first) => [...first, ...earlier]) });
    const nameOf = (child: string) => childName(name, "pools", child);
    const orphanedWebhook = preflight?.orphanedWebhook ?? false;
    const made = new Map<string, pulumi.Resource>();
    const steps: readonly PoolStep[] = preflight?.steps ?? shape.pools.map((pool) => ({ pool, after: [] }));
    for (const { pool, after: givers, formerly } of steps) {
      const index = shape.pools.indexOf(pool);
      const spec = pick(({ pools }) => poolManifest(pools[index] ?? pool, namespace).spec);
      const manifest = { ...poolManifest(pool, namespace), spec };
      // The server cannot know in a preview that what is in the way will have gone.
      const refused = orphanedWebhook || givers.length > 0 || formerly !== undefined;
      const resource = new CustomResource(nameOf(pool.name), isPreview && refused ? withoutDryRun(manifest) : manifest, {
        ...after(...givers.flatMap((giver) => made.get(giver) ?? [])),
        // The webhook refuses a second pool with the same addresses, so a renamed one must go before it comes.
        deleteBeforeReplace: true,
        aliases: formerly === undefined ? [] : [{ name: nameOf(formerly) }],
      });
      made.set(pool.name, resource);
    }
    for (const advertisement of shape.advertisements) {
      const manifest = advertisementManifest(advertisement, namespace);
      new CustomResource(nameOf(advertisement.name), isPreview && orphanedWebhook ? withoutDryRun(manifest) : manifest, after());
    }
    this.pools = pulumi.output(
      pick(({ pools }) => Object.fromEntries(pools.map(({ name, addresses }) => [name, addresses.map(({ text }) => text)]))),
    );
    this.registerOutputs({ pools: this.pools });
  }

  /** The pools and advertisements, as far as they are known for what is registered, and all of it for what the objects hold. */
  private parse(name: string, { preflight, ...args }: AddressPoolsArgs): Arguments<PoolsPlan> {
    if (preflight !== undefined) {
      const pools = preflight.steps.map(({ pool }) => pool);
      const shape = { pools, advertisements: advertisementsOf(args.advertisements, pools) };
      return { shape, pick: (select) => select(shape) };
    }
    return checkArguments({ resource: this, label: `AddressPools ${name}` }, findingsWithPools(args, args.pools, parsePoolsArgs));
  }
}
