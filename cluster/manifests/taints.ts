/** A taint, which keeps pods off a node unless they tolerate it. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** A toleration, as in pods and in a chart's values. */
interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/**
 * The taints that keep no speaker away: Kubernetes removes not-ready and unreachable itself as soon as the node is ready, and lets the pods of every
 * DaemonSet in the host's network tolerate the others.
 */
export const NO_OBSTACLE: readonly Toleration[] = [
  { name: "not-ready" },
  { name: "unreachable" },
  ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable", "network-unavailable"].map((name) => ({
    name,
    effect: "NoSchedule",
  })),
].map(({ name, ...effect }) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", ...effect }));

/**
 * Whether one of the tolerations matches the taint. A missing key or effect matches all. `tolerations` comes from the user's values and may
 * have any form.
 */
export function isTolerated(taint: Taint, tolerations: unknown): boolean {
  return Array.isArray(tolerations) && (tolerations as (Toleration | null)[]).some((one) => one !== null && tolerates(one, taint));
}

function tolerates({ key = "", operator = "Equal", value = "", effect = "" }: Toleration, taint: Taint): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (operator === "Exists") return key === "" || key === taint.key;
  return key === taint.key && value === (taint.value ?? "");
}
