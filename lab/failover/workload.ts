import { IPv4 } from "ipaddr.js";
import type { Lab } from "../lab";
import { demoNamespace, deployDemo } from "../proof";
import { until } from "../wait";

/** Deploys the demo service with one pod on every node. @returns the service's URL */
export async function deployEverywhere(lab: Lab, stack: string): Promise<string> {
  const cluster = lab.cluster(stack);
  const plan = lab.plans.find((candidate) => candidate.stack === stack);
  if (plan === undefined) throw new Error(`the lab has no plan of ${stack}`);
  await deployDemo(cluster, plan);
  const inOwnSession = { labelSelector: { matchLabels: { app: "whoami" } }, topologyKey: "kubernetes.io/hostname" };
  const spec = {
    replicas: cluster.nodes.length,
    // Each node has room for one pod only, so the old pod must be deleted first.
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    template: { spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [inOwnSession] } } } },
  };
  await cluster.kubectl(["patch", "deployment", "whoami", "-n", demoNamespace, "--type=merge", "--patch", JSON.stringify({ spec })]);
  await cluster.kubectl(["rollout", "status", "deployment/whoami", "-n", demoNamespace, "--timeout=180s"]);
  const address = await until(`${stack}'s service to get an address`, async () => {
    const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    const found = await cluster.kubectl(["get", "service", "whoami", "-n", demoNamespace, "-o", path]);
    return IPv4.isValid(found) && found;
  });
  return `http://${address}/`;
}
