import { missingPin, scanFix, type MissingPin } from "../config/host-key";
import type { RouterPlan } from "../config/plan";
import { HIDDEN, quote, type Finding } from "../config/problem";
import { RouterFault, UnsupportedRouter } from "./driver";
import type { readHostKey } from "./ssh";
import { RouterUnreachable, RouterRejects } from "./ssh-errors";

/** Returns a finding about a key of the section `router`. */
export function routerFinding(router: RouterPlan, key: RouterRejects["key"] | "host", rule: string, fix: string): Finding {
  const { host, user, hostKey } = router;
  const values = { host, user, hostKey, agent: true };
  return { path: `router.${key}`, value: key === "privateKeyFile" ? HIDDEN : quote(values[key]), rule, fix };
}

/**
 * Returns the finding for a router's error.
 *
 * @throws the error itself if it is not about the router
 */
export function findingOf(router: RouterPlan, error: unknown): Finding {
  if (error instanceof RouterUnreachable) return routerFinding(router, "host", error.message, error.fix);
  if (error instanceof RouterRejects) return routerFinding(router, error.key, error.rule, error.fix);
  if (error instanceof RouterFault) return routerFinding(router, "host", error.message, error.fix);
  if (!(error instanceof UnsupportedRouter)) throw error;
  const rule = `answers, but not like a router of type ${router.type}: ${error.message}`;
  return routerFinding(router, "host", rule, "correct router.host or router.type");
}

/**
 * Returns the finding if no host key is pinned, because another host could pose as the router. Unless the stack file accepts any key, the
 * finding names the key that the router shows.
 *
 * @param see reads the host key; undefined if the router must not be contacted
 * @returns the finding and whether the stack file accepts it; undefined if a key is pinned
 */
export async function findMissingPin(router: RouterPlan, see: typeof readHostKey | undefined): Promise<MissingPin | undefined> {
  const missing = missingPin(router);
  if (missing === undefined || missing.accepted || see === undefined) return missing;
  const result = await see({ router }).then(
    (key) => ({ rule: `missing, and ${router.host} shows ${key}`, fix: `if that is your router's key, add the line "hostKey: ${key}"` }),
    (error: unknown) => {
      if (error instanceof RouterRejects) return { rule: `missing, and ${error.rule}`, fix: error.fix };
      if (error instanceof RouterUnreachable) return { rule: `missing, and ${error.message}`, fix: scanFix(router) };
      throw error;
    },
  );
  return { ...missing, finding: { ...missing.finding, ...result } };
}
