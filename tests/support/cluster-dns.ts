import * as path from "node:path";
import { writeImage } from "../../lab/images";
import type { Lab } from "../../lab/lab";
import { demoNamespace } from "../../lab/proof";

const reference = "homelab-network.invalid/dns:1";
const labels = { app: "dns" };

/** A DNS server in a cluster, as k8s-gateway is: its service has a fixed address of a pool, and it resolves every name of a domain to `answer`. */
export interface ClusterDns {
  readonly domain: string;
  readonly address: string;
  readonly answer: string;
}

/** Deploys the DNS server to the cluster, which has the demo's namespace. @param routerRoot the root folder of the router's image, whose dnsmasq it runs */
export async function deployDns(lab: Lab, stack: string, { domain, address, answer }: ClusterDns, routerRoot: string): Promise<void> {
  const cluster = lab.cluster(stack);
  const images = path.join(lab.folders.root, "dns-image");
  const binary = path.join(routerRoot, "usr", "sbin", "dnsmasq");
  await writeImage({ reference, binary, entrypoint: "/dnsmasq" }, path.join(images, "dns.tar"));
  await cluster.loadImages(images);
  // The image has no other users.
  const args = ["--no-daemon", "--user=", "--no-hosts", "--no-resolv", `--address=/${domain}/${answer}`];
  const container = { name: "dns", image: reference, args, readinessProbe: { tcpSocket: { port: 53 }, periodSeconds: 1 } };
  const metadata = { name: "dns", namespace: demoNamespace, labels };
  const items = [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, annotations: { "metallb.io/loadBalancerIPs": address } },
      spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 53, protocol: "UDP" }] },
    },
  ];
  await cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await cluster.kubectl(["rollout", "status", "deployment/dns", "-n", demoNamespace, "--timeout=120s"]);
}
