import type { MetalLbPlan } from "../../config/plan";
import { mergeValues } from "./merge-values";

/** The release name of the chart, which is the prefix of its objects' names. */
export const RELEASE = "metallb";

/**
 * The chart's probe waits 10 s before its first request, which every install would wait for. Readiness restarts nothing, so an early request does
 * no harm on a slow node. A pod is unready after 30 s without an answer, as with the chart's values. The chart's liveness probe stays as it is.
 */
const readinessProbe = { initialDelaySeconds: 1, periodSeconds: 2, failureThreshold: 15 };

/** Returns the Helm values of a plan: the program's own values, with the user's values merged over them. */
export const chartValues = (metallb: Pick<MetalLbPlan, "gratuitousARPInterval" | "values">): Record<string, unknown> =>
  mergeValues(layer2Values(metallb), metallb.values);

/** Returns the Helm values for MetalLB in layer 2 mode in a cluster made by kubeadm. The stack file's `values` are merged over them. */
export const layer2Values = ({ gratuitousARPInterval }: Pick<MetalLbPlan, "gratuitousARPInterval"> = {}) => ({
  controller: { readinessProbe },
  speaker: {
    frr: { enabled: false },
    // kubeadm sets the exclusion label on masters. A speaker that respects it would announce nothing there.
    ignoreExcludeLB: true,
    readinessProbe,
    ...(gratuitousARPInterval === undefined ? {} : { gratuitousARPInterval }),
  },
  frrk8s: { enabled: false },
});
