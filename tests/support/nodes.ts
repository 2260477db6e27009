import { until } from "../../lab/wait";
import type { Cluster } from "../../lab/cluster";

/** Kubernetes takes this taint off a node a moment after the node is Ready. */
const NOT_READY = "node.kubernetes.io/not-ready";

/** Waits until pods may go to every node that is to have them. */
export async function untilNodesTakePods(cluster: Cluster): Promise<void> {
  const taints = "jsonpath={.items[*].spec.taints[*].key}";
  await until("nodes that take pods", async () => {
    const keys = await cluster.kubectl(["get", "nodes", "--output", taints]);
    return !keys.split(" ").includes(NOT_READY);
  });
}

/** Makes a namespace, and waits for the account that its pods are to have. */
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
