import type { ApiServer } from "../../cluster/api/kubeconfig";
import { MAY_NOT_ASK, webhookBlocker, WITHOUT_DEFINITIONS } from "../../cluster/survey/webhook";
import { poll, type Polling } from "../../config/poll";
import { print } from "../print";

const waiting: Polling = { limit: 60_000, interval: 1000 };

/**
 * Waits until MetalLB's webhook answers, because a preview makes dry runs of pools and would fail. After an interrupted run the controller
 * may just have started. Returns at once if the cluster has no MetalLB; if the webhook does not answer in time, the preview gives the reason.
 */
export async function waitForWebhook(server: ApiServer, namespace: string, polling = waiting): Promise<void> {
  await poll(async (first) => {
    const blocker = await webhookBlocker(server, namespace);
    if (blocker === undefined || blocker === WITHOUT_DEFINITIONS || blocker === MAY_NOT_ASK) return true;
    if (first) print("Waiting until MetalLB's webhook answers.");
    return undefined;
  }, polling);
}
