import { read } from "../api/api-client";
import { NoAnswer, type ApiServer } from "../api/kubeconfig";
import type { KubeObject } from "../manifests/kube-object";

const NAMESPACE = "/api/v1/namespaces/kube-system";

/**
 * Reads what tells a cluster from every other one, also behind the same name, address and credentials: the UID of its namespace kube-system.
 *
 * @throws NoAnswer if the server refuses, keeps silent, or has no such namespace.
 */
export async function readIdentity(server: ApiServer): Promise<string> {
  const uid = (await read<KubeObject>(server, NAMESPACE))?.metadata.uid;
  if (uid === undefined || uid === "")
    throw new NoAnswer(`${server.url.origin} has no namespace kube-system, whose UID identifies the cluster`);
  return uid;
}
