import { missingPin, scanFix, type MissingPin } from "../config/host-key";
import type { RouterPlan } from "../config/plan";
import { HIDDEN, quote, type Finding } from "../config/problem";
import { NotThisRouter } from "./driver";
import type { seeHostKey } from "./ssh";
import { RouterSilent, RouterRefuses } from "./ssh-errors";

/** Something wrong with a key of the router's section. */
export function aboutRouter(router: RouterPlan, key: RouterRefuses["key"] | "host", rule: string, fix: string): Finding {
  const { host, user, hostKey } = router;
  const values = { host, user, hostKey, agent: true };
  return { path: `router.${key}`, value: key === "privateKeyFile" ? HIDDEN : quote(values[key]), rule, fix };
}

/**
 * What an error of a router means for its section of the stack file.
 *
 * @throws the error itself where it is none of a router's
 */
export function findingOf(router: RouterPlan, error: unknown): Finding {
  if (error instanceof RouterSilent) return aboutRouter(router, "host", error.message, "switch it on, with SSH for its LAN");
  if (error instanceof RouterRefuses) return aboutRouter(router, error.key, error.rule, error.fix);
  if (!(error instanceof NotThisRouter)) throw error;
  const rule = `answers, but not like a router of type ${router.type}: ${error.message}`;
  return aboutRouter(router, "host", rule, "correct router.host or router.type");
}

/**
 * What is to be said where no host key is pinned: whoever answers would be taken for the router. Where that is not accepted, the key that the router
 * shows is asked for, and told.
 *
 * @param see undefined where the router is not to be asked
 * @returns undefined where a key is pinned; whether it holds the run up otherwise
 */
export async function findMissingPin(router: RouterPlan, see: typeof seeHostKey | undefined): Promise<MissingPin | undefined> {
  const missing = missingPin(router);
  if (missing === undefined || missing.accepted || see === undefined) return missing;
  const told = await see({ router }).then(
    (key) => ({ rule: `missing, and ${router.host} shows ${key}`, fix: `if that is your router's key, add the line "hostKey: ${key}"` }),
    (error: unknown) => {
      if (error instanceof RouterRefuses) return { rule: `missing, and ${error.rule}`, fix: error.fix };
      if (error instanceof RouterSilent) return { rule: `missing, and ${error.message}`, fix: scanFix(router) };
      throw error;
    },
  );
  return { ...missing, finding: { ...missing.finding, ...told } };
}
