import type { RouterPlan } from "./plan";
import type { Finding } from "./problem";

/** The finding that a router's host key is not pinned: another host could then pose as the router. */
export interface MissingPin {
  readonly finding: Finding;
  /** Whether the stack file accepts any host key. */
  readonly accepted: boolean;
}

/** Returns the finding if the router's host key is not pinned, and undefined otherwise. Does not connect to the router. */
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

/** Returns the fix: the command that reads the router's host key. */
export const scanFix = ({ host, port }: Pick<RouterPlan, "host" | "port">): string =>
  `set it to what "ssh-keyscan -t ed25519 -p ${port} ${host}" prints after the host`;
