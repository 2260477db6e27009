import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Chart } from "@pulumi/kubernetes/helm/v4/chart";
import * as pulumi from "@pulumi/pulumi";

import { namespaceManifest } from "../cluster/manifests/manifests";
import { chartValues, RELEASE } from "../cluster/manifests/values";
import { isChartPath } from "../config/chart";
import { localPath } from "../config/local-path";
import { parseMetalLbArgs } from "../config/network-args";
import type { MetalLbPlan } from "../config/plan";
import { checkArguments, requireObject, type Component } from "./internal/arguments";
import { HomelabComponent } from "./internal/homelab-component";
import { childName } from "./internal/names";
import { pinnedArchive } from "./internal/pinned-archive";
import type { NetworkPreflight } from "./internal/preflight";
import { isDryRunRefused, withoutDryRun } from "./internal/without-dry-run";
import { postRenderer } from "./internal/post-renderer";
import { withSecretObjects } from "./internal/secret-objects";

/** Arguments of {@link MetalLb}. */
export interface MetalLbArgs {
  /**
   * The exact version of the chart.
   *
   * @default "0.16.2"
   */
  readonly version?: string;
  /**
   * A chart's name, an `oci://` address, or a path that begins with `/`, `./` or `~/`. A chart at a path contains its own version.
   *
   * @default "metallb"
   * @example "oci://quay.io/metallb/chart/metallb"
   */
  readonly chart?: string;
  /**
   * The Helm repository of a chart that is given by name.
   *
   * @default "https://metallb.github.io/metallb"
   */
  readonly repository?: string;
  /**
   * The SHA-256 checksum of the chart's archive. No other archive is rendered.
   *
   * @default none: any archive of the version is rendered
   * @example "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
   */
  readonly digest?: string;
  /**
   * The namespace that the component creates for MetalLB.
   *
   * @default "metallb-system"
   */
  readonly namespace?: string;
  /**
   * How long MetalLB may take to become ready, in seconds. After that the install or upgrade fails.
   *
   * @default 300
   */
  readonly timeout?: number;
  /**
   * The interval in seconds at which the speakers repeat the announcement of every address. Requires chart 0.16.2.
   *
   * @default none: an address is announced when it moves to another node
   * @example 10
   */
  readonly gratuitousARPInterval?: number;
  /**
   * Helm values, merged over the component's own values. They must be known in a preview: otherwise the preview lists none of MetalLB's
   * objects. If one of them is a secret, all that the chart's objects contain is stored as a secret.
   *
   * @default {}
   * @example { speaker: { logLevel: "debug" } }
   */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * The result of a check of the cluster.
   *
   * @default none
   */
  readonly preflight?: Partial<Pick<NetworkPreflight, "withoutDryRun">>;
}

/**
 * MetalLB for layer 2, installed from its Helm chart into its own namespace.
 *
 * @example const metallb = new MetalLb("metallb", { version: "0.16.2" }, { provider });
 */
export class MetalLb extends HomelabComponent {
  /**
   * The chart. Up to 0.15.3 it is ready when the webhook answers; later charts can be ready earlier, so the program waits for the webhook
   * itself.
   */
  readonly chart: Chart;
  /** The namespace's name. */
  readonly namespace: pulumi.Output<string>;
  /** The chart's version. */
  readonly version: pulumi.Output<string>;

  /** @throws pulumi.ResourceError if arguments are invalid; the error lists every problem */
  constructor(name: string, args: MetalLbArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:MetalLb", name, {}, withSecretObjects(args, opts));
    const component = { resource: this, label: `MetalLb ${name}` };
    requireObject(component, args);
    const { preflight, ...own } = args;
    const { shape: metallb } = checkArguments(component, { now: parseMetalLbArgs(own) });
    this.version = pulumi.output(metallb.version);
    // With an input that is unknown in a preview, the chart would render no objects.
    const { metadata } = namespaceManifest(metallb.namespace);
    const manifest = { metadata };
    const isRefused = pulumi.runtime.isDryRun() && isDryRunRefused(preflight, `Namespace ${metallb.namespace}`);
    const namespace = new Namespace(childName(name, "metallb", metallb.namespace), isRefused ? withoutDryRun(manifest) : manifest, {
      parent: this,
    });
    this.namespace = namespace.metadata.name;
    this.chart = new Chart(
      name,
      {
        // Without a release name the chart would use the resource's name as prefix of its objects.
        ...(name === RELEASE ? {} : { name: RELEASE }),
        namespace: metallb.namespace,
        ...chartSource(metallb, component),
        values: chartValues(metallb),
        postRenderer: postRenderer(metallb.timeout),
      },
      { parent: this, dependsOn: [namespace], transforms: transformsFor(preflight?.withoutDryRun) },
    );
    this.registerOutputs({ namespace: this.namespace, version: this.version });
  }
}

/** Returns the transforms for a preview of the chart's objects; none if every dry run can succeed. */
function transformsFor(refused: readonly string[] = []): pulumi.ResourceTransform[] {
  if (refused.length === 0 || !pulumi.runtime.isDryRun()) return [];
  return [
    ({ props, opts }) => {
      const { kind, metadata } = props as { kind?: string; metadata?: { name?: string } };
      if (metadata === undefined || !refused.includes(`${kind} ${metadata.name}`)) return undefined;
      return { props: withoutDryRun({ ...props, metadata }), opts };
    },
  ];
}

/** A chart at a path contains its version. */
function chartSource(metallb: MetalLbPlan, component: Component) {
  const { chart, version, repository, digest } = metallb;
  // The archive that was compared with the digest is the one that is rendered.
  if (digest !== undefined) return { chart: pinnedArchive(metallb, component) };
  if (isChartPath(chart)) return { chart: localPath(chart) };
  return { chart, version, ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }) };
}
