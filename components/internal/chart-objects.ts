import type { Chart } from "@pulumi/kubernetes/helm/v4/chart";
import * as pulumi from "@pulumi/pulumi";

/** The API groups of the objects in MetalLB's charts. */
const GROUPS = [
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apps",
  "core",
  "monitoring.coreos.com",
  "networking.k8s.io",
  "rbac.authorization.k8s.io",
];

// The SDK turns a URN into a resource only if the resource's class is registered. Dependencies need only the URN.
for (const group of GROUPS) {
  const construct = (_name: string, _type: string, urn: string) => new pulumi.DependencyResource(urn);
  pulumi.runtime.registerResourceModule("kubernetes", `${group}/v1`, { construct });
}

/** Returns a chart's objects as dependencies. Depending on the chart itself waits for the objects, but the state does not record it. */
export function objectsOf(chart: Chart): pulumi.Output<pulumi.Resource[]> {
  return pulumi.output(chart.resources).apply((objects: unknown) => (Array.isArray(objects) ? objects.filter(isResource) : []));
}

const isResource = (value: unknown): value is pulumi.Resource => pulumi.Resource.isInstance(value);
