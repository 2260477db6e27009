import type { RouterPlan } from "./plan";
import type { Finding } from "./problem";

/** Whoever answers would be taken for the router. */
export interface MissingPin {
  readonly finding: Finding;
  /** Whether the stack file allows that. */
  readonly accepted: boolean;
}

/** What is wrong where no host key is pinned, as far as it can be told without the router; undefined where one is. */
export function missingPin({
  host,
  port,
  hostKey,
  acceptAnyHostKey,
}: Pick<RouterPlan, "host" | "port" | "acceptAnyHostKey"> & { readonly hostKey?: string | undefined }): MissingPin | undefined {
  if (hostKey !== undefined) return undefined;
  const at = { path: "router.hostKey", value: "nothing" };
  if (!acceptAnyHostKey) return { finding: { ...at, rule: "missing", fix: scanFix({ host, port }) }, accepted: false };
  const rule = `not pinned, so any host that answers at ${host} is trusted (router.acceptAnyHostKey)`;
  return { finding: { ...at, rule, fix: "remove router.acceptAnyHostKey, and run again to see the key to pin" }, accepted: true };
}

/** How to come by the key of a router. */
export const scanFix = ({ host, port }: Pick<RouterPlan, "host" | "port">): string =>
  `set it to what "ssh-keyscan -t ed25519 -p ${port} ${host}" prints after the host`;
