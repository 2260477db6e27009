import { stackFileName } from "../../config/file-names";
import { knock } from "../../cluster/api/api-client";
import { proxyIn } from "../../cluster/api/environment";
import { NoAnswer, type ApiServer } from "../../cluster/api/kubeconfig";
import { UserError } from "../../config/user-error";

/** What has the provider go on without its cluster. */
const UNREACHABLE = ["PULUMI_K8S_DELETE_UNREACHABLE", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"];

/**
 * Asks whether anybody is there whom an engine could reach: without, it takes seconds and half a gigabyte to fail with the same. Where the provider has
 * another way, or could do without, nobody is asked.
 *
 * @throws UserError where nobody takes a connection
 */
export async function isThere(stack: string, server: Pick<ApiServer, "url">, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (proxyIn(env) !== undefined || UNREACHABLE.some((name) => env[name] === "true")) return;
  try {
    await knock(server);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new UserError(
      `The cluster cannot be reached, so nothing was started: ${error.message}; start the cluster, or correct cluster.kubeconfig in ${stackFileName(stack)}.`,
    );
  }
}
