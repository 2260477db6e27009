import { demoNamespace } from "../../lab/proof";
import type { Cluster } from "../../lab/cluster";
import type { ClusterNode } from "../../lab/node";

/** Returns the nodes of the demo service's ready pods. */
export async function demoNodes(cluster: Cluster): Promise<string[]> {
  const path = '{range .items[*].endpoints[?(@.conditions.ready==true)]}{.nodeName}{"\\n"}{end}';
  const printed = await cluster.kubectl([
    "get",
    "endpointslices",
    "-n",
    demoNamespace,
    "-l",
    "kubernetes.io/service-name=whoami",
    "-o",
    `jsonpath=${path}`,
  ]);
  return printed.split("\n").filter((name) => name !== "");
}

/** Returns the demo service's current address; empty if it has none. */
export const demoAddress = (cluster: Cluster): Promise<string> =>
  cluster.kubectl(["get", "service", "whoami", "-n", demoNamespace, "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}"]);

/** Sends an HTTP request from a pod's network namespace, because the pods' only program cannot send any. @returns the answer */
export async function getFromPod(node: ClusterNode, pod: string, url: string): Promise<string> {
  const script = `for space in /var/run/netns/*; do
      case $(nsenter --net=$space ip -oneline address) in
        *" $1/"*) exec nsenter --net=$space curl --silent --show-error --max-time 3 "$2" ;;
      esac
    done
    echo "no pod has $1" >&2; exit 1`;
  return (await node.host.exec(["sh", "-c", script, "sh", pod, url])).stdout;
}

/** Returns the speaker on a node in MetalLB's default namespace, with its UID and number of starts; undefined if there is none. */
export async function speakerOn(cluster: Cluster, node: string): Promise<{ uid: string; starts: number; ready: boolean } | undefined> {
  const options = ["--selector", "app.kubernetes.io/component=speaker", "--field-selector", `spec.nodeName=${node}`];
  const { items } = JSON.parse(await cluster.kubectl(["get", "pods", "--namespace", "metallb-system", ...options, "--output", "json"])) as {
    items: { metadata: { uid: string }; status: { containerStatuses?: { restartCount: number; ready: boolean }[] } }[];
  };
  return items.map(({ metadata: { uid }, status: { containerStatuses: [container] = [] } }) => ({
    uid,
    starts: container?.restartCount ?? 0,
    ready: container?.ready === true,
  }))[0];
}
