import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import { loadBalancerClassIn } from "../config/load-balancer-class";
import { parseNetworkArgs, type NetworkPlan } from "../config/network-args";
import type { Finding } from "../config/problem";
import { loadKubeconfig } from "../config/stack-loader";
import { waitForWebhook } from "../cluster/survey/webhook-ready";
import { AddressPools, type AddressPoolsArgs } from "./address-pools";
import {
  withoutDuplicates,
  checkArguments,
  findingsWithPools,
  isPlain,
  refuse,
  requireObject,
  textOf,
  type Component,
} from "./internal/arguments";
import { objectsOf } from "./internal/chart-objects";
import { HomelabComponent } from "./internal/homelab-component";
import { childName } from "./internal/names";
import { findSecondNetwork } from "./internal/one-network";
import type { NetworkPreflight } from "./internal/preflight";
import { providerKubeconfig } from "../cluster/api/provider-kubeconfig";
import { MetalLb, type MetalLbArgs } from "./metallb";
import { NextHop } from "./next-hop";

/** Arguments of {@link ClusterNetwork}. */
export interface ClusterNetworkArgs extends Omit<AddressPoolsArgs, "namespace"> {
  /**
   * The path or the content of a kubeconfig. Its content is stored as a secret.
   *
   * @example "~/.kube/config"
   */
  readonly kubeconfig: pulumi.Input<string>;
  /**
   * The context in the kubeconfig. It is required, so that a changed current context cannot lead to another cluster.
   *
   * @example "lab-dev"
   */
  readonly context: pulumi.Input<string>;
  /**
   * A permanent name of this cluster. Changing it replaces every resource in the cluster.
   *
   * @default the component's name
   */
  readonly clusterName?: string;
  /**
   * MetalLB's chart, namespace and values.
   *
   * @default chart 0.16.2 in the namespace metallb-system
   */
  readonly metallb?: Omit<MetalLbArgs, "preflight">;
  /**
   * A free IPv4 address of the LAN, which MetalLB announces as next hop for the router's routes. If the announcing node fails, another node
   * takes over.
   *
   * @default none: the routes use a node's address, or an address that another tool keeps available
   * @example "192.168.50.240"
   */
  readonly nextHop?: string;
}

/**
 * The network of one cluster: MetalLB and its address pools, in the cluster that the kubeconfig and the context select.
 *
 * @example
 * const network = new ClusterNetwork("lab", {
 *   kubeconfig: "~/.kube/config",
 *   context: "lab-dev",
 *   pools: [{ name: "primary", addresses: ["10.5.0.0/24"] }],
 * });
 */
export class ClusterNetwork extends HomelabComponent {
  /** The addresses of each pool, by the pool's name. */
  readonly pools: pulumi.Output<Record<string, readonly string[]>>;
  /** The version of MetalLB's chart. */
  readonly chartVersion: pulumi.Output<string>;
  /** MetalLB's namespace. */
  readonly namespace: pulumi.Output<string>;
  /** The next hop that MetalLB announces; undefined without {@link ClusterNetworkArgs.nextHop}. */
  readonly nextHop?: pulumi.Output<string>;
  /** The component that creates the next hop; undefined without {@link ClusterNetworkArgs.nextHop}. */
  readonly floating?: NextHop;
  /** The Kubernetes provider for this cluster. Other resources in the cluster can use it. */
  readonly provider: Provider;
  /** The pools and their advertisements. */
  readonly addressPools: AddressPools;
  /** The Kubernetes objects of MetalLB's chart. */
  readonly objects: pulumi.Output<pulumi.Resource[]>;

  /** @throws pulumi.ResourceError if arguments are invalid; the error lists every problem */
  constructor(name: string, args: ClusterNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    // Existing stacks have no inputs in this component's state. Inputs here would appear as a change in their next preview.
    super("homelab:network:ClusterNetwork", name, {}, opts);
    const component = { resource: this, label: `ClusterNetwork ${name}` };
    requireObject(component, args);
    const { preflight: given, ...ofCluster } = args;
    const { nextHop } = args;
    const nameOf = (child: string) => childName(name, "cluster", child);
    const { pools, kubeconfig, preflight } = given === undefined ? checked(component, ofCluster) : { ...args, preflight: given };
    this.provider = new Provider(
      nameOf("kubernetes"),
      {
        // The provider then replaces resources only if this name changes, and not if the API server's address or certificate does.
        clusterIdentifier: args.clusterName ?? name,
        kubeconfig,
        context: args.context,
        // Preflight decides what is taken over. Without this, releases from 4.29 on refuse what an interrupted run, a lost state or another tool left.
        upsertExistingObjects: true,
        // The provider reads PULUMI_K8S_ENABLE_PATCH_FORCE itself. Without this, the SDK puts it into the state, and the next run would differ.
        enablePatchForce: pulumi.output(undefined) as unknown as pulumi.Output<boolean>,
      },
      { parent: this, dependsOn: opts?.dependsOn ?? [] },
    );
    const inCluster = { parent: this, provider: this.provider };
    const metallb = new MetalLb(nameOf("metallb"), { ...args.metallb, preflight }, inCluster);
    this.objects = objectsOf(metallb.chart);
    this.chartVersion = metallb.version;
    this.namespace = metallb.namespace;
    const namespace = args.metallb?.namespace;
    const inNamespace = { ...(namespace === undefined ? {} : { namespace }), preflight };
    const { advertisements, reserved } = args;
    const ofPools = { pools, ...(advertisements && { advertisements }), ...(reserved && { reserved }), ...inNamespace };
    this.addressPools = new AddressPools(nameOf("pools"), ofPools, { ...inCluster, dependsOn: metallb.chart });
    this.pools = this.addressPools.pools;
    const loadBalancerClass = loadBalancerClassIn(args.metallb?.values);
    if (nextHop !== undefined) {
      this.floating = new NextHop(
        nameOf("next-hop"),
        { address: nextHop, ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }), ...inNamespace },
        { ...inCluster, dependsOn: this.addressPools.after },
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

/** The checked arguments that the component uses, with the wait for MetalLB's webhook. */
type Checked = Pick<ClusterNetworkArgs, "kubeconfig" | "pools"> & { readonly preflight: NetworkPreflight };

/** Returns the checked arguments. Values that come from other resources are checked when they are known. */
function checked(component: Component, args: Omit<ClusterNetworkArgs, "preflight">): Checked {
  const { kubeconfig, context } = args;
  const namespace = args.metallb?.namespace ?? "metallb-system";
  const found = findingsWithPools({ ...args, kubeconfig: textOf(kubeconfig), context: textOf(context) }, args.pools, parseNetworkArgs);
  const isKnown = isPlain(kubeconfig) && isPlain(context);
  const { findings: ofArgs } = found.now;
  const findings = [...ofArgs, ...(isKnown ? withoutDuplicates(ofArgs, findInKubeconfig(component, kubeconfig, context, namespace)) : [])];
  const { pick } = checkArguments<NetworkPlan>(component, { ...found, now: { ...found.now, findings } });
  const pools = args.pools.map((pool, index) => ({
    ...pool,
    addresses: pick(({ pools }) => pools[index]?.addresses.map(({ text }) => text) ?? []),
  }));
  const preflight = { ready: () => webhookReady(kubeconfig, context, namespace) };
  if (isKnown) {
    const { text, isContent } = providerKubeconfig(kubeconfig, loadKubeconfig(kubeconfig, context, process.cwd()).content);
    return { pools, kubeconfig: isContent ? pulumi.secret(text) : text, preflight };
  }
  const later = pulumi.all([kubeconfig, context]).apply(([given, contextName]) => {
    refuse(component, findInKubeconfig(component, given, contextName, namespace));
    return providerKubeconfig(given, loadKubeconfig(given, contextName, process.cwd()).content).text;
  });
  return { pools, kubeconfig: pulumi.secret(later), preflight };
}

/** Resolves when MetalLB's webhook answers. In a unit test with mocks, which has no engine, no cluster is asked. */
async function webhookReady(kubeconfig: pulumi.Input<string>, context: pulumi.Input<string>, namespace: string): Promise<void> {
  if (pulumi.runtime.getEngine() === undefined) return;
  const known = pulumi.all([kubeconfig, context]);
  const [given, contextName] = await new Promise<[string, string]>((resolve) => void known.apply(resolve));
  const { content } = loadKubeconfig(given, contextName, process.cwd());
  await waitForWebhook({ kubeconfig: content, context: contextName, namespace });
}

/**
 * Returns the problems of a kubeconfig and its context. Without this check the provider would fall back to the default kubeconfig. Two
 * components for one namespace of a cluster would install MetalLB twice.
 */
function findInKubeconfig({ label }: Component, kubeconfig: string, context: string, namespace: string): Finding[] {
  if (typeof kubeconfig !== "string" || typeof context !== "string") return [];
  const { content, findings } = loadKubeconfig(kubeconfig, context, process.cwd());
  if (findings.length > 0) return findings.map((finding) => ({ ...finding, path: finding.path.replace(/^cluster\./, "") }));
  const second = findSecondNetwork(label.replace(/^ClusterNetwork /, ""), content, context, namespace);
  return second === undefined ? [] : [second];
}
