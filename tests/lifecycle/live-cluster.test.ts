/** Edits and faults in a cluster with a floating next hop and a pool on the LAN, whose clients depend on announcements. */
import assert from "node:assert/strict";

import type { Cluster } from "../../lab/cluster";
import type { Lab } from "../../lab/lab";
import { onOperator } from "../../lab/operator";
import { until } from "../../lab/wait";
import { endLab, pulumi, raiseLab } from "../support/lab";
import { answeringNode } from "../support/layer-two";
import { untilNodesTakePods } from "../support/nodes";
import { StackEdit } from "../support/stack-edit";
import { warningsOf } from "../support/warnings";

const stack = "lab-dev";
const master = "lab-dev-master";
const namespace = "metallb-system";
const hop = "next-hop-192-168-50-240";

describe("a cluster with a floating next hop and a pool on the LAN", () => {
  let lab: Lab;
  let cluster: Cluster;
  let edited: StackEdit;

  const pools = [
    { name: "lab-dev", addresses: ["10.5.0.0/24"] },
    { name: "lan", addresses: ["192.168.50.248/29"], autoAssign: false, route: false },
  ];
  const changes = { pools, "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] };

  before(async () => {
    lab = await raiseLab("test-live-cluster", { stacks: [stack] });
    cluster = lab.cluster(stack);
    await untilNodesTakePods(cluster);
    edited = new StackEdit(lab, stack);
    edited.write(changes);
    await up();
  });
  after(() => endLab(lab));
  afterEach(() => edited.write(changes));

  const up = (...options: string[]): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview", ...options]);
  const preview = (...options: string[]): Promise<string> => pulumi(lab, stack, ["preview", ...options]);
  const homelab = async (command: string, ...options: string[]): Promise<{ printed: string; exitCode: number }> => {
    const { stdout, exitCode } = await onOperator(lab, [command, stack, ...options], { reject: false });
    return { printed: stdout.replaceAll(/ {2,}/g, " | "), exitCode };
  };
  const refused = (work: Promise<unknown>, expected: RegExp) =>
    assert.rejects(work, ({ message }: Error) => {
      assert.match(message, expected);
      return true;
    });
  const apply = (...items: readonly object[]): Promise<string> =>
    cluster.kubectl(["apply", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const read = (kind: string, name: string, path: string, place = namespace): Promise<string> =>
    cluster.kubectl(["get", kind, name, "--namespace", place, "--output", `jsonpath={${path}}`]);

  it("is deployed without a warning, and verify and drift find nothing", async () => {
    assert.deepEqual(await warningsOf(lab, stack, "--expect-no-changes"), []);
    const [verified, drifted] = [await homelab("verify"), await homelab("drift")];
    assert.deepEqual([verified.exitCode, drifted.exitCode], [0, 0], `${verified.printed}\n${drifted.printed}`);
  });

  it("refuses pools in the cluster's real networks, whatever the stack files reserve", async () => {
    const reserved = { pods: ["10.42.0.0/16"], services: ["10.43.0.0/16"] };
    new StackEdit(lab, "lab-prod").write({ reserved });
    edited.write({
      ...changes,
      reserved,
      pools: [
        { name: "pods", addresses: ["10.244.0.0/24"] },
        { name: "services", addresses: ["10.96.115.0/24"] },
      ],
    });
    const overlap =
      /10\.244\.0\.0\/24": overlaps addresses that cluster lab-dev uses itself: 10\.244[^]*10\.96\.115\.0\/24": overlaps addresses that cluster lab-dev uses/;
    await refused(preview(), overlap);
    await refused(up(), overlap);
    for (const command of ["doctor", "verify", "drift"]) assert.match((await homelab(command)).printed, overlap, command);
    assert.equal(
      await cluster.kubectl(["get", "ipaddresspools", "-n", namespace, "-o", "name"]).then((names) => /pods|services/.test(names)),
      false,
    );
  });

  it("refuses pools in the networks of Calico and Cilium, of which it has only the objects, and no controller", async () => {
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const definition = (group: string, version: string, plural: string, kind: string) => ({
      ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.${group}` } },
      spec: { group, scope: "Cluster", names: { plural, kind }, versions: [{ name: version, served: true, storage: true, schema }] },
    });
    await apply(definition("crd.projectcalico.org", "v1", "ippools", "IPPool"), definition("cilium.io", "v2", "ciliumnodes", "CiliumNode"));
    await cluster.kubectl(["wait", "--for=condition=Established", "crd/ippools.crd.projectcalico.org", "crd/ciliumnodes.cilium.io"]);
    const pool = { cidr: "10.48.0.0/16", blockSize: 26, vxlanMode: "Always", natOutgoing: true, nodeSelector: "all()" };
    await apply(
      { apiVersion: "crd.projectcalico.org/v1", kind: "IPPool", metadata: { name: "default-ipv4-ippool" }, spec: pool },
      { apiVersion: "cilium.io/v2", kind: "CiliumNode", metadata: { name: master }, spec: { ipam: { podCIDRs: ["10.50.3.0/24"] } } },
      {
        ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cilium-config", namespace: "kube-system" } },
        data: { "cluster-pool-ipv4-cidr": "10.50.0.0/16", "ipv4-native-routing-cidr": "10.0.0.0/8" },
      },
    );
    const named = ["10.48.9.0/24", "10.50.3.0/25", "10.50.200.0/24"];
    edited.write({ ...changes, pools: named.map((address, index) => ({ name: `p${index}`, addresses: [address] })) });
    const overlap =
      /10\.48\.0\.0\/16, the network in Calico's IPPool default-ipv4-ippool;[^]*10\.50\.3\.0\/24, the pod network of CiliumNode[^]*10\.50\.200\.0\/24": overlaps addresses [^]*10\.50\.0\.0\/16, cluster-pool-ipv4-cidr in Cilium's ConfigMap;/;
    await refused(preview(), overlap);
    await cluster.kubectl(["delete", "crd", "ippools.crd.projectcalico.org", "ciliumnodes.cilium.io"]);
    await cluster.kubectl(["delete", "configmap", "cilium-config", "--namespace", "kube-system"]);
    edited.write(changes);
    await preview("--expect-no-changes");
  });

  it("reports a speaker that a condition of its node silences, and verify does not pass by a cached address", async () => {
    const condition = (status: string) =>
      cluster.kubectl([
        ...["patch", "node", master, "--subresource", "status", "--type", "strategic", "--patch"],
        JSON.stringify({ status: { conditions: [{ type: "NetworkUnavailable", status, reason: "Test", message: "set by a test" }] } }),
      ]);
    await condition("True");
    try {
      await until("the end of the announcement", async () => (await answeringNode(lab, "192.168.50.240")) === undefined);
      const silent = /condition NetworkUnavailable, so no node announces/;
      assert.match((await warningsOf(lab, stack)).join("\n"), silent);
      for (const command of ["doctor", "verify", "drift"]) assert.match((await homelab(command)).printed, silent, command);
      const { printed, exitCode } = await homelab("verify");
      assert.match(printed, /failed \| service lan \|/);
      assert.equal(exitCode, 1);
    } finally {
      await condition("False");
    }
    await until("the announcement", async () => (await answeringNode(lab, "192.168.50.240")) === master);
    await until("a preview without a warning", async () => (await warningsOf(lab, stack)).length === 0);
  });

  it("refuses a load balancer class while a service without it has an address, and gives the next hop the class", async () => {
    const metadata = { name: "shop", namespace: "default" };
    const spec = { type: "LoadBalancer", ports: [{ port: 80 }], selector: { app: "shop" } };
    await apply({ apiVersion: "v1", kind: "Service", metadata, spec });
    const address = await until(
      "an address",
      async () => (await read("service", "shop", ".status.loadBalancer.ingress[0].ip", "default")) || undefined,
    );
    const withClass = { ...changes, "metallb.values": { loadBalancerClass: "example.org/metallb" } };
    edited.write(withClass);
    const twice = new RegExp(
      `will no longer handle default/shop \\(${address.replaceAll(".", "\\.")}\\), and gives this address to other services`,
    );
    await refused(preview(), twice);
    await refused(up(), twice);
    const patch = (of: object) =>
      cluster.kubectl(["patch", "service", "shop", "--namespace", "default", "--patch", JSON.stringify({ spec: of })]);
    await patch({ type: "ClusterIP" });
    await until("the address to be free", async () => (await read("service", "shop", ".status.loadBalancer.ingress", "default")) === "");
    assert.match(await preview(), /next-hop-192-168-50-240 +replace/);
    await up();
    assert.equal(await read("service", hop, ".spec.loadBalancerClass"), "example.org/metallb");
    await patch({ type: "LoadBalancer", loadBalancerClass: "example.org/metallb" });
    await until("an address", async () => (await read("service", "shop", ".status.loadBalancer.ingress[0].ip", "default")) !== "");
    await preview("--expect-no-changes");
    const verified = await homelab("verify");
    assert.equal(verified.exitCode, 0, verified.printed);
    await cluster.kubectl(["delete", "service", "shop", "--namespace", "default"]);
    edited.write(changes);
    await up();
    assert.equal(await read("service", hop, ".spec.loadBalancerClass"), "");
  });

  it("checks a full pool by the service that has its address", async () => {
    edited.write({ ...changes, pools: [pools[0], { ...pools[1], addresses: ["192.168.50.250-192.168.50.250"] }] });
    await up();
    const annotations = { "metallb.io/address-pool": "lan" };
    const selector = { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "controller" };
    const spec = { type: "LoadBalancer", ports: [{ port: 8080, targetPort: 17472 }], selector };
    await apply({ apiVersion: "v1", kind: "Service", metadata: { name: "full", namespace, annotations }, spec });
    await until("an address", async () => (await read("service", "full", ".status.loadBalancer.ingress[0].ip")) !== "");
    const { printed, exitCode } = await homelab("verify");
    assert.match(printed, /ok \| service lan \| .*metallb-system\/full, which has 192\.168\.50\.250, answers this machine on port 8080/);
    assert.equal(exitCode, 0, printed);
    await cluster.kubectl(["delete", "service", "full", "--namespace", namespace]);
    edited.write(changes);
    await up();
  });

  it("has an advertisement's interface named by verify if no node has it", async () => {
    edited.write({ ...changes, advertisements: [{ name: "pools", interfaces: ["eth9"] }] });
    await up();
    const { printed, exitCode } = await homelab("verify");
    const named = /advertisement pools \(eth9\) names interfaces that the announcing node does not have: the interfaces specified by LB IP/;
    for (const pool of ["lab-dev", "lan"]) assert.match(printed, new RegExp(`failed \\| service ${pool} \\| ${named.source}`));
    assert.equal(exitCode, 1);
    edited.write(changes);
    await up();
  });

  it("names BGP peers of another tool before destroy deletes them with their definition", async () => {
    const spec = { myASN: 64500, peerASN: 64501, peerAddress: "192.168.50.1" };
    await apply({ apiVersion: "metallb.io/v1beta2", kind: "BGPPeer", metadata: { name: "upstream", namespace }, spec });
    const { printed } = await homelab("destroy");
    assert.match(
      printed,
      /deleted with their CustomResourceDefinitions: BGPPeer metallb-system\/upstream \(by kubectl-client-side-apply\)/,
    );
    await cluster.kubectl(["delete", "bgppeer", "upstream", "--namespace", namespace]);
    await preview("--expect-no-changes");
  });
});
