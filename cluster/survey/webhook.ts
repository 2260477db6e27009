import { ask, refusalText, type Answer } from "../api/api-client";
import { NoResponse, type ApiServer } from "../api/kubeconfig";

/** The answer of a cluster without MetalLB. */
export const WITHOUT_DEFINITION = "the cluster lacks MetalLB's custom resource definition of IPAddressPool, or its namespace";

/**
 * Sends a dry run of a pool to the server, for which the server calls MetalLB's webhook.
 *
 * @returns the server's message if the webhook does not answer; undefined if it answers
 */
export async function webhookBlocker(server: ApiServer, namespace: string): Promise<string | undefined> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools?dryRun=All`;
  const metadata = { generateName: "homelab-network-question-", namespace };
  // An address reserved for documentation (RFC 5737), which no pool uses.
  const content = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec: { addresses: ["192.0.2.0/32"] } };
  try {
    return blockerIn(await ask(server, path, { method: "POST", content }));
  } catch (error) {
    if (error instanceof NoResponse) return error.message;
    throw error;
  }
}

/** The API server's own words. A webhook can answer with the same status. */
const NOT_AUTHORIZED = /ipaddresspools\.metallb\.io is forbidden: User .* cannot create resource/;

/** The right that the question needs is missing, so nothing is known of the webhook. */
export const MAY_NOT_ASK = "this user may not create pools";

/** Returns the server's own error: the kind is missing, or the webhook did not answer. A refusal by the webhook is an answer. */
function blockerIn(answer: Answer): string | undefined {
  const { status } = answer;
  if (status === 404) return WITHOUT_DEFINITION;
  if (status === 403 && NOT_AUTHORIZED.test(refusalText(answer))) return MAY_NOT_ASK;
  return status < 500 && status !== 429 ? undefined : refusalText(answer);
}
