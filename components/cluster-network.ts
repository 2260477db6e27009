import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import { isInline } from "../config/kubeconfig";
import { localPath } from "../config/local-path";
import { parseNetworkArgs, type NetworkPlan } from "../config/network-args";
import type { Finding } from "../config/problem";
import { loadKubeconfig } from "../config/stack-loader";
import { AddressPools, type AddressPoolsArgs } from "./address-pools";
import { besides, checkArguments, findingsWithPools, isPlain, refuse, refuseNoObject, textOf, type Component } from "./internal/arguments";
import { objectsOf } from "./internal/chart-objects";
import { childName } from "./internal/names";
import { MetalLb, type MetalLbArgs } from "./metallb";
import { NextHop } from "./next-hop";

/** Arguments of {@link ClusterNetwork}. */
export interface ClusterNetworkArgs extends Omit<AddressPoolsArgs, "namespace"> {
  /**
   * A kubeconfig's path or content. The content becomes a secret.
   *
   * @example "~/.kube/config"
   */
  readonly kubeconfig: pulumi.Input<string>;
  /**
   * The kubeconfig's context, so that never another cluster is changed.
   *
   * @example "lab-dev"
   */
  readonly context: pulumi.Input<string>;
  /**
   * A name that stands for this cluster for good: with another name, everything is replaced.
   *
   * @default the component's name
   */
  readonly clusterName?: string;
  /**
   * MetalLB's chart, namespace and values.
   *
   * @default chart 0.15.3 in the namespace metallb-system
   */
  readonly metallb?: MetalLbArgs;
  /**
   * A free IPv4 address of the LAN for the router's routes to lead to, which MetalLB announces, so that it outlives its node.
   *
   * @default none: the routes lead to a node, or to an address that something else keeps
   * @example "192.168.50.240"
   */
  readonly nextHop?: string;
}

/**
 * The cluster's half of the network: MetalLB and its pools, in exactly the cluster that the arguments name.
 *
 * @example
 * const network = new ClusterNetwork("lab", {
 *   kubeconfig: "~/.kube/config",
 *   context: "lab-dev",
 *   pools: [{ name: "primary", addresses: ["10.5.0.0/24"] }],
 * });
 */
export class ClusterNetwork extends pulumi.ComponentResource {
  /** The addresses of each pool, by its name. */
  readonly pools: pulumi.Output<Record<string, readonly string[]>>;
  /** The version of MetalLB's chart. */
  readonly chartVersion: pulumi.Output<string>;
  /** MetalLB's namespace. */
  readonly namespace: pulumi.Output<string>;
  /** The next hop that MetalLB announces, where there is one. */
  readonly nextHop?: pulumi.Output<string>;
  /** What announces it. */
  readonly floating?: NextHop;
  /** The provider for the cluster, for more resources in it. */
  readonly provider: Provider;
  /** MetalLB's objects in the cluster. */
  readonly objects: pulumi.Output<pulumi.Resource[]>;

  /** @throws pulumi.ResourceError with all that is wrong with the arguments. */
  constructor(name: string, args: ClusterNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    // The arguments stay out of the component's state: they would show as a change of every stack that is there already.
    super("homelab:network:ClusterNetwork", name, {}, opts);
    const component = { resource: this, label: `ClusterNetwork ${name}` };
    refuseNoObject(component, args);
    const { preflight, ...ofCluster } = args;
    const { nextHop } = args;
    const nameOf = (child: string) => childName(name, "cluster", child);
    const { pools, kubeconfig } = preflight === undefined ? checked(component, ofCluster) : args;
    this.provider = new Provider(
      nameOf("kubernetes"),
      {
        // Only another name means another cluster; a new address or certificate of this one replaces nothing.
        clusterIdentifier: args.clusterName ?? name,
        kubeconfig,
        context: args.context,
      },
      { parent: this, dependsOn: opts?.dependsOn ?? [] },
    );
    const inCluster = { parent: this, provider: this.provider };
    const metallb = new MetalLb(nameOf("metallb"), args.metallb, inCluster);
    this.objects = objectsOf(metallb.chart);
    this.chartVersion = metallb.version;
    this.namespace = metallb.namespace;
    const namespace = args.metallb?.namespace;
    const inNamespace = { ...(namespace === undefined ? {} : { namespace }), ...(preflight === undefined ? {} : { preflight }) };
    const { advertisements, reserved } = args;
    const ofPools = { pools, ...(advertisements && { advertisements }), ...(reserved && { reserved }), ...inNamespace };
    const addressPools = new AddressPools(nameOf("pools"), ofPools, { ...inCluster, dependsOn: metallb.chart });
    this.pools = addressPools.pools;
    if (nextHop !== undefined) {
      this.floating = new NextHop(
        nameOf("next-hop"),
        { address: nextHop, ...inNamespace },
        { ...inCluster, dependsOn: addressPools.after },
      );
      this.nextHop = this.floating.address;
    }
    this.registerOutputs({
      pools: this.pools,
      chartVersion: this.chartVersion,
      namespace: this.namespace,
      ...(this.nextHop === undefined ? {} : { nextHop: this.nextHop }),
    });
  }
}

/** What a component works with once its arguments are found sound. */
type Checked = Pick<ClusterNetworkArgs, "kubeconfig" | "pools">;

/** The same arguments, where all of them are sound; those of other resources are checked when they are known. */
function checked(component: Component, args: Omit<ClusterNetworkArgs, "preflight">): Checked {
  const { kubeconfig, context } = args;
  const found = findingsWithPools({ ...args, kubeconfig: textOf(kubeconfig), context: textOf(context) }, args.pools, parseNetworkArgs);
  const isKnown = isPlain(kubeconfig) && isPlain(context);
  const { findings: ofArgs } = found.now;
  const findings = [...ofArgs, ...(isKnown ? besides(ofArgs, findInKubeconfig(kubeconfig, context)) : [])];
  const { pick } = checkArguments<NetworkPlan>(component, { ...found, now: { ...found.now, findings } });
  const pools = args.pools.map((pool, index) => ({
    ...pool,
    addresses: pick(({ pools }) => pools[index]?.addresses.map(({ text }) => text) ?? []),
  }));
  if (isKnown) return { pools, kubeconfig: isInline(kubeconfig) ? pulumi.secret(kubeconfig) : localPath(kubeconfig) };
  const later = pulumi.all([kubeconfig, context]).apply(([given, wanted]) => {
    refuse(component, findInKubeconfig(given, wanted));
    return isInline(given) ? given : localPath(given);
  });
  return { pools, kubeconfig: pulumi.secret(later) };
}

/** What is wrong with a kubeconfig and its context: the provider would fall back to whatever cluster is at hand where they were missing. */
function findInKubeconfig(kubeconfig: string, context: string): Finding[] {
  if (typeof kubeconfig !== "string" || typeof context !== "string") return [];
  const { findings } = loadKubeconfig(kubeconfig, context, process.cwd());
  return findings.map((finding) => ({ ...finding, path: finding.path.replace(/^cluster\./, "") }));
}
