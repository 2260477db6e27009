/**
 * Returns the class of the services that MetalLB handles, from the chart's values: it handles services with this `spec.loadBalancerClass`
 * only. Returns undefined if it handles services without a class.
 */
export function loadBalancerClassIn(values: Readonly<Record<string, unknown>> = {}): string | undefined {
  const { loadBalancerClass } = values;
  const isText = typeof loadBalancerClass === "string" || typeof loadBalancerClass === "number";
  return isText && loadBalancerClass !== "" && loadBalancerClass !== 0 ? String(loadBalancerClass) : undefined;
}
