import { stackFileName } from "../../config/file-names";
import { checkConnection } from "../../cluster/api/api-client";
import { proxyIn } from "../../cluster/api/environment";
import { reasonAndFix } from "../../cluster/api/no-response";
import { NoResponse, type ApiServer } from "../../cluster/api/kubeconfig";
import { UserError } from "../../config/user-error";

/** The variables that let the provider continue without its cluster. */
const UNREACHABLE = ["PULUMI_K8S_DELETE_UNREACHABLE", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"];

/**
 * Checks that a cluster accepts connections, because an engine takes seconds and half a gigabyte to fail for the same reason. Skips the
 * check if the provider uses a proxy or may continue without its cluster.
 *
 * @throws UserError if the cluster accepts no connection
 */
export async function checkReachable(stack: string, server: Pick<ApiServer, "url">, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (proxyIn(env) !== undefined || UNREACHABLE.some((name) => env[name] === "true")) return;
  try {
    await checkConnection(server);
  } catch (error) {
    if (!(error instanceof NoResponse)) throw error;
    throw new UserError(`The cluster cannot be reached, so nothing was started: ${reasonAndFix(error)} (${stackFileName(stack)}).`);
  }
}
