import { IPv4 } from "ipaddr.js";
import type { Plan, PoolPlan } from "../config/plan";
import type { Cluster } from "./cluster";
import type { Host } from "./host";
import { whoamiImage } from "./tools/toolbox";
import { until } from "./wait";

/** A service's answer to a client of the household. */
export interface Answer {
  readonly stack: string;
  readonly pool: string;
  readonly nextHop: string;
  /** The address that MetalLB assigned to the service. */
  readonly address: string;
  readonly status: number;
  readonly pod: string;
  /** From the request to the end of the answer, in milliseconds. */
  readonly milliseconds: number;
}

export const demoNamespace = "demo";
const labels = { app: "whoami" };

/** Returns the demo service: a web server that prints its identity, behind a service of type LoadBalancer. */
function demo(pool: string): string {
  const env = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const container = {
    name: "whoami",
    image: whoamiImage,
    ports: [{ containerPort: 8080 }],
    env: [env("POD_NAME", "metadata.name"), env("NODE_NAME", "spec.nodeName")],
  };
  const named = (name: string): object => ({ name, namespace: demoNamespace, labels });
  const items = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: demoNamespace } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: named("whoami"),
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...named("whoami"), annotations: { "metallb.io/address-pool": pool } },
      spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** Deploys the demo service to the cluster. It gets an address as soon as MetalLB and the pool exist. */
export async function deployDemo(cluster: Cluster, plan: { readonly pools: readonly Pick<PoolPlan, "name">[] }): Promise<void> {
  await cluster.kubectl(["apply", "--filename", "-"], demo(plan.pools[0]?.name ?? ""));
}

/** Requests the demo service from a host of the LAN until it answers. @throws UserError with the last failure if it does not */
export async function requestDemo(client: Host, cluster: Cluster, plan: Plan): Promise<Answer> {
  const address = await until(`${plan.stack}'s service to get an address`, async () => {
    const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    const found = await cluster.kubectl(["get", "service", "whoami", "--namespace", demoNamespace, "--output", path]);
    return IPv4.isValid(found) && found;
  });
  const { status, body, milliseconds } = await until(`${plan.stack}'s service at ${address} to answer ${client.name}`, async () => {
    const answer = await get(client, address);
    return answer.status === 200 && answer;
  });
  const { pod } = JSON.parse(body) as { pod: string };
  return {
    stack: plan.stack,
    pool: plan.pools[0]?.addresses[0]?.text ?? "",
    nextHop: plan.gateway.address,
    address,
    status,
    pod,
    milliseconds,
  };
}

/** Sends one HTTP request from a host. @throws if there is no answer within 3 s */
export async function get(client: Host, address: string): Promise<{ status: number; body: string; milliseconds: number }> {
  const { stdout } = await client.exec([
    "curl",
    "--silent",
    "--show-error",
    "--max-time",
    "3",
    "--write-out",
    "\\n%{http_code} %{time_total}",
    `http://${address}/`,
  ]);
  const [body = "", figures = ""] = stdout.split(/\n(?=[^\n]*$)/);
  const [status, seconds] = figures.split(" ").map(Number);
  return { status: status ?? 0, body, milliseconds: Math.round((seconds ?? 0) * 1000) };
}
