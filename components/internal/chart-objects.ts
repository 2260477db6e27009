import type { Chart } from "@pulumi/kubernetes/helm/v4/chart";
import * as pulumi from "@pulumi/pulumi";

/** The groups of kinds that MetalLB's charts have objects of. */
const GROUPS = [
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apps",
  "core",
  "monitoring.coreos.com",
  "networking.k8s.io",
  "rbac.authorization.k8s.io",
];

// The SDK hands over an object by its class, and would have only its name where that is not loaded. Their places in the state are enough here.
for (const group of GROUPS) {
  const construct = (_name: string, _type: string, urn: string) => new pulumi.DependencyResource(urn);
  pulumi.runtime.registerResourceModule("kubernetes", `${group}/v1`, { construct });
}

/** The objects that a chart has made, to depend on: who depends on a chart waits for them, but is not known to need them. */
export function objectsOf(chart: Chart): pulumi.Output<pulumi.Resource[]> {
  return pulumi.output(chart.resources).apply((objects: unknown) => (Array.isArray(objects) ? objects.filter(isResource) : []));
}

const isResource = (value: unknown): value is pulumi.Resource => pulumi.Resource.isInstance(value);
