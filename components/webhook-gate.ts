import { ask, type Answer } from "./api-client";
import type { ClusterQuestion } from "./cluster-reader";
import { apiServerOf, NoAnswer, type ApiServer } from "./kubeconfig";
import { userError } from "./user-error";
import { until, type Waiting } from "./waiting";

const forWebhook: Waiting = { limit: 120_000, interval: 1000, word: 15_000 };

/**
 * Waits until MetalLB's webhook answers, whatever the chart takes for ready: asks the server for a pool that is not made, which the webhook has to
 * judge. Where the program cannot ask the cluster itself, the chart's word has to do.
 *
 * @throws pulumi.RunError where it does not answer in time.
 */
export async function webhookAnswers(question: ClusterQuestion, waiting = forWebhook): Promise<void> {
  const server = reachable(question);
  if (server === undefined) return;
  const path = `/apis/metallb.io/v1beta1/namespaces/${question.namespace}/ipaddresspools?dryRun=All`;
  const metadata = { generateName: "homelab-network-question-", namespace: question.namespace };
  // An address for documentation (RFC 5737), which is nobody's.
  const content = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec: { addresses: ["192.0.2.0/32"] } };
  let last = "";
  const answers = await until(waiting, "MetalLB's webhook does not answer yet: waiting for it, before pools are made.", async () => {
    const hurdle = await ask(server, path, { method: "POST", content }).then(hurdleIn, (error: NoAnswer) => error.message);
    last = hurdle ?? "";
    return hurdle === undefined;
  });
  if (answers) return;
  throw userError(
    `MetalLB's webhook has not answered within ${waiting.limit / 1000} s, so that no pool can be made; the API server says: ${last}; ` +
      "docs/how-to/metallb-webhook-no-answer.md has the causes.",
  );
}

function reachable({ kubeconfig, context }: ClusterQuestion): ApiServer | undefined {
  try {
    return apiServerOf(kubeconfig, context);
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

/** A refusal is an answer of the webhook too; of what the server says by itself, that the kind is missing, or that it got no answer. */
function hurdleIn({ status, body }: Answer): string | undefined {
  if (status < 500 && status !== 404 && status !== 429) return undefined;
  try {
    return (JSON.parse(body) as { message?: string }).message ?? `answer ${status}`;
  } catch {
    return `answer ${status}`;
  }
}
