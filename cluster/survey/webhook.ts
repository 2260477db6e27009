import { ask, refusalText, type Answer } from "../api/api-client";
import { NoAnswer, type ApiServer } from "../api/kubeconfig";

/**
 * Asks the server for a pool that is not made, which MetalLB's webhook has to judge.
 *
 * @returns what the server says where the webhook does not answer; undefined where it does
 */
export async function webhookBlocker(server: ApiServer, namespace: string): Promise<string | undefined> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools?dryRun=All`;
  const metadata = { generateName: "homelab-network-question-", namespace };
  // An address for documentation (RFC 5737), which is nobody's.
  const content = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec: { addresses: ["192.0.2.0/32"] } };
  try {
    return blockerIn(await ask(server, path, { method: "POST", content }));
  } catch (error) {
    if (error instanceof NoAnswer) return error.message;
    throw error;
  }
}

/** A refusal is an answer of the webhook too; of what the server says by itself, that the kind is missing, or that it got no answer. */
function blockerIn(answer: Answer): string | undefined {
  const { status } = answer;
  return status < 500 && status !== 404 && status !== 429 ? undefined : refusalText(answer);
}
