import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Chart } from "@pulumi/kubernetes/helm/v4/chart";
import * as pulumi from "@pulumi/pulumi";

import { layer2Values } from "../cluster/manifests/values";
import { isChartPath } from "../config/chart";
import type { MetalLbPlan } from "../config/plan";
import { localPath } from "../config/local-path";
import { mergeValues } from "./internal/merge-values";

/** The speaker uses the host's network and raw sockets, which namespaces refuse unless told otherwise. */
const privileged = Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "privileged"]));

/** MetalLB in a namespace of its own, from its Helm chart. */
export class MetalLb extends pulumi.ComponentResource {
  /** Ready when the webhook answers, so that pools can be made: chart 0.15.3 gates its controller's readiness on that. */
  readonly chart: Chart;

  constructor(name: string, args: MetalLbPlan, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:MetalLb", name, {}, opts);
    // The chart gets literal strings only: with an input unknown in preview, it would render nothing.
    const namespace = new Namespace(args.namespace, { metadata: { name: args.namespace, labels: privileged } }, { parent: this });
    this.chart = new Chart(
      name,
      {
        namespace: args.namespace,
        ...chartSource(args),
        values: mergeValues(layer2Values, args.values),
        // Paths of the project's folder, where the provider runs: the program's state must not name this machine's.
        postRenderer: {
          command: "node",
          args: ["--require", "./engine/register.js", "components/internal/order-chart.ts", String(args.timeout)],
        },
      },
      { parent: this, dependsOn: [namespace] },
    );
    this.registerOutputs({});
  }
}

/** A chart at a path carries its version itself. */
function chartSource({ chart, version, repository }: MetalLbPlan) {
  if (isChartPath(chart)) return { chart: localPath(chart) };
  return { chart, version, ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }) };
}
