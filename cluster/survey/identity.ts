import { ask } from "../api/api-client";
import { foreign, statusError } from "../api/causes";
import { NoResponse, type ApiServer } from "../api/kubeconfig";

const NAMESPACE = "/api/v1/namespaces/kube-system";

/** The form of a UID. It goes into messages and into the state, so no other text from a server may pass as one. */
const UID = /^[\w.-]{1,64}$/;

/**
 * Reads the UID of namespace kube-system, which identifies a cluster even if another one has the same name, address and credentials.
 *
 * @throws NoResponse if the server refuses, does not answer, has no such namespace, or is not an API server
 */
export async function readIdentity(server: ApiServer): Promise<string> {
  const { status, body } = await ask(server, NAMESPACE);
  if (status === 404) {
    const fix = "correct cluster.kubeconfig and cluster.context";
    throw new NoResponse(`${server.url.origin} has no namespace kube-system, whose UID identifies the cluster`, fix);
  }
  if (status !== 200) throw statusError(server, NAMESPACE, status);
  const uid = uidIn(body);
  if (uid === undefined) throw foreign(server, NAMESPACE);
  return uid;
}

function uidIn(body: string): string | undefined {
  try {
    const { uid } = (JSON.parse(body) as { metadata: { uid?: unknown } }).metadata;
    return typeof uid === "string" && UID.test(uid) ? uid : undefined;
  } catch {
    return undefined;
  }
}
