import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import * as pulumi from "@pulumi/pulumi";

import type { PoolStep } from "../cluster/diagnosis/pool-order";
import { advertisementManifest, poolManifest } from "../cluster/manifests/manifests";
import { advertisementsOf, parsePoolsArgs, type PoolsPlan } from "../config/network-args";
import type { LabelSelector, PreferredNodes, ServiceAllocation } from "../config/plan";
import { whenCreated } from "../engine/when-created";
import { checkArguments, findingsWithPools, requireObject, type Arguments } from "./internal/arguments";
import { HomelabComponent } from "./internal/homelab-component";
import { childName } from "./internal/names";
import type { NetworkPreflight } from "./internal/preflight";
import { isDryRunRefused, withoutDryRun } from "./internal/without-dry-run";

/** A pool of addresses for services of type LoadBalancer. */
export interface PoolArgs {
  /** The pool's name in Kubernetes: up to 63 lower-case letters, digits and inner dashes. */
  readonly name: string;
  /**
   * The pool's networks and ranges, IPv4 or IPv6. Only an IPv4 network can have a static route.
   *
   * @example ["10.5.0.0/24"]
   * @example ["192.168.50.200-192.168.50.219", "fd00:5::/64"]
   */
  readonly addresses: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Whether MetalLB may give an address of this pool to a service that does not name the pool.
   *
   * @default true
   */
  readonly autoAssign?: boolean;
  /**
   * Whether MetalLB leaves addresses that end in .0 or .255 unused. Some devices mishandle them.
   *
   * @default true
   */
  readonly avoidBuggyIPs?: boolean;
  /**
   * The services that may get an address of this pool, as in MetalLB's `spec.serviceAllocation`.
   *
   * @default any service
   * @example { priority: 10, namespaces: ["media"] }
   */
  readonly serviceAllocation?: ServiceAllocation;
}

/** Pools, and the nodes and interfaces that announce their addresses. */
export interface AdvertisementArgs {
  /** The advertisement's name in Kubernetes. */
  readonly name: string;
  /**
   * The names of the announced pools.
   *
   * @default all pools
   */
  readonly pools?: readonly string[];
  /**
   * The nodes that announce: each node that matches one of these selectors. `[{}]` selects every node.
   *
   * @default the masters: nodes with the label node-role.kubernetes.io/control-plane
   */
  readonly nodeSelectors?: readonly LabelSelector[];
  /**
   * The network interfaces on which the nodes announce.
   *
   * @default all interfaces
   * @example ["eth0"]
   */
  readonly interfaces?: readonly string[];
  /**
   * The services whose addresses are announced: each service that matches one of these selectors. MetalLB does not announce a service that
   * these selectors select and that has the annotation `metallb.io/allow-shared-ip`. Requires chart 0.16.0.
   *
   * @default all services
   * @example [{ matchLabels: { "app.kubernetes.io/part-of": "media" } }]
   */
  readonly serviceSelectors?: readonly LabelSelector[];
  /**
   * The nodes that announce rather than others. An address moves back to a preferred node when the node returns. Requires chart 0.16.2.
   *
   * @default none: MetalLB chooses one of the nodes for each address
   * @example [{ weight: 100, preference: { matchLabels: { uplink: "fast" } } }]
   */
  readonly preferredNodeSelectors?: readonly PreferredNodes[];
}

/** Addresses in use elsewhere, which no pool may contain. Each entry is an address, a range or a network. */
export interface ReservedArgs {
  /**
   * Addresses that the router gives out by DHCP.
   *
   * @default []
   * @example ["192.168.50.100-192.168.50.199"]
   */
  readonly dhcp?: readonly string[];
  /**
   * Addresses of the cluster's nodes.
   *
   * @default []
   */
  readonly nodes?: readonly string[];
  /**
   * The cluster's pod networks.
   *
   * @default ["10.244.0.0/16"], the pod network of flannel and Talos
   */
  readonly pods?: readonly string[];
  /**
   * The cluster's service networks.
   *
   * @default ["10.96.0.0/12"], the service network of kubeadm
   */
  readonly services?: readonly string[];
  /**
   * Other addresses in use, such as a guest network or a VPN.
   *
   * @default []
   */
  readonly others?: readonly string[];
}

/** Arguments of {@link AddressPools}. */
export interface AddressPoolsArgs {
  /**
   * MetalLB's namespace. MetalLB's webhook refuses pools in any other namespace.
   *
   * @default "metallb-system"
   */
  readonly namespace?: string;
  /** The pools, at least one. */
  readonly pools: readonly PoolArgs[];
  /**
   * The advertisements.
   *
   * @default [{ name: "pools" }]: the masters announce all pools
   */
  readonly advertisements?: readonly AdvertisementArgs[];
  /**
   * Addresses that no pool may contain.
   *
   * @default the pod network of flannel and the service network of kubeadm
   */
  readonly reserved?: ReservedArgs;
  /**
   * The result of a check of the cluster.
   *
   * @default none: the pools change in the order in which they are listed
   */
  readonly preflight?: NetworkPreflight;
}

/**
 * The address pools of a cluster that runs MetalLB, and their advertisements on the LAN. Set `dependsOn` to the chart that installs
 * MetalLB's custom resource definitions. Without a {@link AddressPoolsArgs.preflight} nothing waits for MetalLB's webhook, which can be
 * unreachable for about a second after the chart is ready. {@link ClusterNetwork} waits for it.
 *
 * @example new AddressPools("pools", { pools: [{ name: "primary", addresses: ["10.5.0.0/24"] }] }, { provider, dependsOn: metallb.chart });
 */
export class AddressPools extends HomelabComponent {
  /** The addresses of each pool, by the pool's name. */
  readonly pools: pulumi.Output<Record<string, readonly string[]>>;
  /** The resources that must exist before a pool is created. */
  readonly after: Promise<pulumi.Input<pulumi.Resource>[]>;

  /** @throws pulumi.ResourceError if arguments are invalid; the error lists every problem */
  constructor(name: string, args: AddressPoolsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:AddressPools", name, {}, opts);
    requireObject({ resource: this, label: `AddressPools ${name}` }, args);
    const { namespace = "metallb-system", preflight } = args;
    const { shape, pick } = this.parse(name, args);
    const isPreview = pulumi.runtime.isDryRun();
    const dependencies = [opts?.dependsOn ?? []].flat() as pulumi.Input<pulumi.Resource>[];
    // The engine creates this component after the resources in its `dependsOn`, so MetalLB's chart is installed by then.
    const ready = isPreview ? Promise.resolve() : whenCreated(this).then(preflight?.ready);
    this.after = ready.then(() => dependencies);
    const after = (...earlier: pulumi.Resource[]) => ({ parent: this, dependsOn: this.after.then((first) => [...first, ...earlier]) });
    const nameOf = (child: string) => childName(name, "pools", child);
    const isRefused = (kind: string, object: string) => isDryRunRefused(preflight, `${kind} ${object}`);
    const resources = new Map<string, pulumi.Resource>();
    const steps: readonly PoolStep[] = preflight?.steps ?? shape.pools.map((pool) => ({ pool, after: [] }));
    for (const { pool, after: predecessors, previousName } of steps) {
      const index = shape.pools.indexOf(pool);
      const spec = pick(({ pools }) => poolManifest(pools[index] ?? pool, namespace).spec);
      const manifest = { ...poolManifest(pool, namespace), spec };
      // A preview's dry run would fail on the orphaned webhook or the old pool, which `up` removes before it creates this pool.
      const skipDryRun = isRefused("IPAddressPool", pool.name) || predecessors.length > 0 || previousName !== undefined;
      const resource = new CustomResource(nameOf(pool.name), isPreview && skipDryRun ? withoutDryRun(manifest) : manifest, {
        ...after(...predecessors.flatMap((predecessor) => resources.get(predecessor) ?? [])),
        // MetalLB's webhook refuses two pools with the same address, so a renamed pool must be deleted before it is created.
        deleteBeforeReplace: true,
        aliases: previousName === undefined ? [] : [{ name: nameOf(previousName) }],
      });
      resources.set(pool.name, resource);
    }
    for (const advertisement of shape.advertisements) {
      const manifest = advertisementManifest(advertisement, namespace);
      new CustomResource(
        nameOf(advertisement.name),
        isPreview && isRefused("L2Advertisement", advertisement.name) ? withoutDryRun(manifest) : manifest,
        after(),
      );
    }
    this.pools = pulumi.output(
      pick(({ pools }) => Object.fromEntries(pools.map(({ name, addresses }) => [name, addresses.map(({ text }) => text)]))),
    );
    this.registerOutputs({ pools: this.pools });
  }

  /** Parses the pools and advertisements. Only the known values decide which resources to register; the resources get all values. */
  private parse(name: string, { preflight, ...args }: AddressPoolsArgs): Arguments<PoolsPlan> {
    if (preflight?.steps !== undefined) {
      const pools = preflight.steps.map(({ pool }) => pool);
      const shape = { pools, advertisements: advertisementsOf(args.advertisements, pools) };
      return { shape, pick: (select) => select(shape) };
    }
    return checkArguments({ resource: this, label: `AddressPools ${name}` }, findingsWithPools(args, args.pools, parsePoolsArgs));
  }
}
