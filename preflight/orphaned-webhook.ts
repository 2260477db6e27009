import type { Survey, WebhookState } from "../cluster/diagnosis/cluster-state";
import { ask, read, refusalText } from "../cluster/api/api-client";
import type { ClusterConnection } from "../cluster/survey/reader";
import { surveyCluster, toWebhook, WEBHOOKS, type WebhookConfiguration } from "../cluster/survey/survey";
import { apiServerOf, type ApiServer } from "../cluster/api/kubeconfig";
import { userError } from "../engine/run-error";
import { waitFor, type WaitOptions } from "../cluster/survey/waiting";

const waitForNamespace: WaitOptions = { limit: 300_000, interval: 1000, reportInterval: 10_000 };
const waitForRemoval: WaitOptions = { limit: 60_000, interval: 250, reportInterval: 10_000 };

/** A survey of a cluster in which objects can be created. */
export interface UsableSurvey extends Survey {
  /** Whether the survey had to wait until MetalLB's namespace was deleted. */
  readonly hasWaited: boolean;
}

/**
 * Surveys a cluster. If MetalLB's namespace is in deletion, waits until it is gone: nothing can be created in it, and a dry run would fail
 * too.
 *
 * @throws NoResponse if the cluster does not answer. @throws pulumi.RunError if the namespace is not deleted in time.
 */
export async function surveyWhenNamespaceReady(
  connection: ClusterConnection,
  survey = surveyCluster,
  options = waitForNamespace,
): Promise<UsableSurvey> {
  const { namespace } = connection;
  let state = await survey(connection);
  const hasWaited = state.namespace === "Terminating";
  const isUsable = await waitFor(options, `Waiting until namespace ${namespace}, which is being deleted, is gone.`, async (first) => {
    if (!first) state = await survey(connection);
    return state.namespace !== "Terminating";
  });
  if (isUsable) return { ...state, hasWaited };
  const rule = `Namespace ${namespace} has been in deletion for more than ${options.limit / 1000} s, so nothing can be created in it`;
  throw userError(`${rule}; see what blocks it with "kubectl get namespace ${namespace} --output yaml", under conditions.`);
}

/** The reason why a webhook configuration was not removed. */
type KeepReason = "gone already" | "alive" | "changed";

/**
 * Removes an orphaned webhook configuration and waits until it is gone. Reads it again first, and deletes it only at that resource version:
 * a MetalLB that starts meanwhile writes its certificate into the configuration, which must then stay.
 *
 * @throws NoResponse if the server does not answer. @throws pulumi.RunError if it refuses, or if the object is not deleted in time.
 */
export async function removeWebhook(
  connection: ClusterConnection,
  found: WebhookState,
  options = waitForRemoval,
): Promise<"removed" | KeepReason> {
  const server = apiServerOf(connection.kubeconfig, connection.context);
  const path = `${WEBHOOKS}/${found.name}`;
  const reason = await reasonToKeep(server, path, found);
  if (reason !== undefined) return reason;
  const { uid, resourceVersion } = found;
  const content = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
  const answer = await ask(server, path, { method: "DELETE", content });
  if (answer.status === 404) return "gone already";
  if (answer.status === 409) return "changed";
  if (answer.status >= 300) throw userError(`Webhook configuration ${found.name} cannot be removed: ${refusalText(answer)}.`);
  const gone = await waitFor(options, `Waiting until webhook configuration ${found.name} is gone.`, async () => {
    const now = await read<WebhookConfiguration>(server, path);
    return now === undefined || now.metadata.uid !== uid;
  });
  if (gone) return "removed";
  throw userError(
    `Webhook configuration ${found.name} is still there ${options.limit / 1000} s after its deletion; see its finalizers with ` +
      `"kubectl get validatingwebhookconfiguration ${found.name} --output yaml".`,
  );
}

async function reasonToKeep(
  server: ApiServer,
  path: string,
  { uid, resourceVersion, service }: WebhookState,
): Promise<KeepReason | undefined> {
  const [configuration, webhookService] = await Promise.all([
    read<WebhookConfiguration>(server, path),
    read(server, `/api/v1/namespaces/${service.namespace}/services/${service.name}`),
  ]);
  if (configuration === undefined) return "gone already";
  if (webhookService !== undefined) return "alive";
  const same = configuration.metadata.uid === uid && configuration.metadata.resourceVersion === resourceVersion;
  return same && toWebhook(configuration, []).length === 1 ? undefined : "changed";
}
