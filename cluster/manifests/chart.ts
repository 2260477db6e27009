/** Whether a chart is given by name, and not by an `oci://` address or a path. */
export function isChartName(chart: string): boolean {
  return !chart.startsWith("oci://") && !isChartPath(chart);
}

/** Whether a chart is given by a path. */
export function isChartPath(chart: string): boolean {
  return /^(\/|\.{1,2}\/|~\/)/.test(chart);
}

/** What a pure layer 2 MetalLB needs in a cluster made by kubeadm; `values` of the stack file merge over it. */
export const layer2Values = {
  speaker: {
    frr: { enabled: false },
    // kubeadm labels its masters as excluded from load balancers; a speaker that heeds that announces nothing there.
    ignoreExcludeLB: true,
  },
  frrk8s: { enabled: false },
};
