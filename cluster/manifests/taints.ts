/** What keeps pods off a node, or ends them there, unless they tolerate it. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** As pods have them, and as charts' values hand them on. */
interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** Whether one of the tolerations is of the taint; an empty key, or no effect, stands for all. `tolerations` is a user's value, of whatever form. */
export function isTolerated(taint: Taint, tolerations: unknown): boolean {
  return Array.isArray(tolerations) && (tolerations as (Toleration | null)[]).some((one) => one !== null && tolerates(one, taint));
}

function tolerates({ key = "", operator = "Equal", value = "", effect = "" }: Toleration, taint: Taint): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (operator === "Exists") return key === "" || key === taint.key;
  return key === taint.key && value === (taint.value ?? "");
}
