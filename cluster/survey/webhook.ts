import { ask, refusalText, type Answer } from "../api/api-client";
import { NoResponse, type ApiServer } from "../api/kubeconfig";

/** The answer of a cluster without MetalLB. */
export const WITHOUT_DEFINITIONS = "the cluster lacks MetalLB's custom resource definitions, or its namespace";

/** The right that the dry runs need is missing, so nothing is known of the webhook. */
export const MAY_NOT_ASK = "this user may not create pools";

/** An object whose creation calls MetalLB's webhook. */
interface Question {
  readonly kind: string;
  readonly resource: string;
  readonly spec: object;
}

const questions: readonly Question[] = [
  // An address reserved for documentation (RFC 5737), which no pool uses.
  { kind: "IPAddressPool", resource: "ipaddresspools", spec: { addresses: ["192.0.2.0/32"] } },
  { kind: "L2Advertisement", resource: "l2advertisements", spec: { ipAddressPools: ["homelab-network-question"] } },
];

/**
 * Sends dry runs of a pool and of an advertisement to the server, for which the server calls MetalLB's webhook. It needs both, because the
 * server has a connection for each kind, and after a new controller only one of them may still lead to the old one.
 *
 * @returns the server's message if the webhook does not answer; undefined if it answers
 */
export async function webhookBlocker(server: ApiServer, namespace: string): Promise<string | undefined> {
  const blockers = await Promise.all(questions.map((question) => blockerOf(server, namespace, question)));
  return blockers.find((blocker) => blocker !== undefined);
}

async function blockerOf(server: ApiServer, namespace: string, { kind, resource, spec }: Question): Promise<string | undefined> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${namespace}/${resource}?dryRun=All`;
  const metadata = { generateName: "homelab-network-question-", namespace };
  try {
    return blockerIn(await ask(server, path, { method: "POST", content: { apiVersion: "metallb.io/v1beta1", kind, metadata, spec } }));
  } catch (error) {
    if (error instanceof NoResponse) return error.message;
    throw error;
  }
}

/** The API server's own words. A webhook can answer with the same status. */
const NOT_AUTHORIZED = /metallb\.io is forbidden: User .* cannot create resource/;

/** Returns the server's own error: the kind is missing, or the webhook did not answer. A refusal by the webhook is an answer. */
function blockerIn(answer: Answer): string | undefined {
  const { status } = answer;
  if (status === 404) return WITHOUT_DEFINITIONS;
  if (status === 403 && NOT_AUTHORIZED.test(refusalText(answer))) return MAY_NOT_ASK;
  return status < 500 && status !== 429 ? undefined : refusalText(answer);
}
