import { demoNamespace } from "../../lab/proof";
import type { Cluster } from "../../lab/cluster";
import type { ClusterNode } from "../../lab/node";

/** The ready pods of the demo service, by the node that they are on. */
export async function demoNodes(cluster: Cluster): Promise<string[]> {
  const path = '{range .items[*].endpoints[?(@.conditions.ready==true)]}{.nodeName}{"\\n"}{end}';
  const said = await cluster.kubectl([
    "get",
    "endpointslices",
    "-n",
    demoNamespace,
    "-l",
    "kubernetes.io/service-name=whoami",
    "-o",
    `jsonpath=${path}`,
  ]);
  return said.split("\n").filter((name) => name !== "");
}

/** An HTTP request from within a pod's network: the pods' one program can't make any. @returns what was answered */
export async function getFromPod(node: ClusterNode, pod: string, url: string): Promise<string> {
  const script = `for space in /var/run/netns/*; do
      case $(nsenter --net=$space ip -oneline address) in
        *" $1/"*) exec nsenter --net=$space curl --silent --show-error --max-time 3 "$2" ;;
      esac
    done
    echo "no pod has $1" >&2; exit 1`;
  return (await node.host.exec(["sh", "-c", script, "sh", pod, url])).stdout;
}
