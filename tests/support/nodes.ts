import { until } from "../../lab/wait";
import type { Cluster } from "../../lab/cluster";

/** The taint that Kubernetes removes a moment after a node is Ready. */
const NOT_READY = "node.kubernetes.io/not-ready";

/** Waits until every node that should run pods accepts them. */
export async function untilNodesTakePods(cluster: Cluster): Promise<void> {
  const taints = "jsonpath={.items[*].spec.taints[*].key}";
  await until("nodes that take pods", async () => {
    const keys = await cluster.kubectl(["get", "nodes", "--output", taints]);
    return !keys.split(" ").includes(NOT_READY);
  });
}

/** Creates a namespace, and waits for the service account of its pods. */
export async function makeNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.kubectl(["create", "namespace", name]);
  await until(`the account of namespace ${name}`, async () => {
    const found = await cluster.kubectl([
      "get",
      "serviceaccount",
      "default",
      "--namespace",
      name,
      "--ignore-not-found",
      "--output",
      "name",
    ]);
    return found !== "";
  });
}
