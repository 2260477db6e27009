import type { ClusterConnection } from "./reader";
import { apiServerOf, NoResponse, type ApiServer } from "../api/kubeconfig";
import { userError } from "../../engine/run-error";
import { waitFor, type WaitOptions } from "./waiting";
import { MAY_NOT_ASK, webhookBlocker } from "./webhook";

const waitOptions: WaitOptions = { limit: 120_000, interval: 200, reportInterval: 15_000 };

/**
 * Waits until MetalLB's webhook answers, even if the chart is ready earlier. If the program cannot log in to the cluster, the chart's
 * readiness must do.
 *
 * @throws pulumi.RunError if the webhook does not answer in time
 */
export async function waitForWebhook(connection: ClusterConnection, options = waitOptions): Promise<void> {
  const server = await reachable(connection);
  if (server === undefined) return;
  let last = "";
  const answers = await waitFor(options, "Waiting until MetalLB's webhook answers, before pools are created.", async () => {
    const blocker = await webhookBlocker(server, connection.namespace);
    last = blocker ?? "";
    // Then the creation of the pool gives the reason.
    return blocker === undefined || blocker === MAY_NOT_ASK;
  });
  if (answers) return;
  throw userError(
    `MetalLB's webhook has not answered within ${options.limit / 1000} s, so no pool can be created; the API server reports: ${last}; ` +
      "docs/how-to/metallb-troubleshooting.md has the causes.",
  );
}

async function reachable({ kubeconfig, context }: ClusterConnection): Promise<ApiServer | undefined> {
  try {
    const server = apiServerOf(kubeconfig, context);
    await server.login?.options();
    return server;
  } catch (error) {
    if (error instanceof NoResponse) return undefined;
    throw error;
  }
}
