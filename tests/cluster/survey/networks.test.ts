import assert from "node:assert/strict";

import type { Survey } from "../../../cluster/diagnosis/cluster-state";
import { surveyCluster } from "../../../cluster/survey/survey";
import { ApiServer, base64, kubeconfigFor, type Answers } from "../../support/api-server";

async function see(answers: Answers): Promise<{ seen: Survey; paths: string[] }> {
  const server = await ApiServer.start({ "/api/v1/nodes": [], "/api/v1/services": [], ...answers });
  try {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfig = { text: kubeconfigFor(cluster), folder: "/" };
    const seen = await surveyCluster({ kubeconfig, context: "lab-dev", namespace: "metallb-system" });
    return { seen, paths: server.requests.map(({ url }) => url) };
  } finally {
    await server.stop();
  }
}

describe("the survey of a cluster, of its networks and of MetalLB's view of it,", () => {
  it("reads the networks and addresses that the cluster uses itself", async () => {
    const pod = (name: string, ip: string, spec: object = {}, phase = "Running") => ({
      metadata: { namespace: "web", name },
      spec,
      status: { phase, podIPs: [{ ip }] },
    });
    const cidr = { metadata: { name: "kubernetes" }, spec: { cidrs: ["10.43.0.0/16"] } };
    const { seen } = await see({
      "/api/v1/nodes": [{ metadata: { name: "m1" }, spec: { podCIDRs: ["10.42.0.0/24"] } }],
      "/api/v1/pods": [
        pod("shop", "10.42.0.7"),
        pod("proxy", "192.168.50.11", { hostNetwork: true }),
        pod("done", "10.42.0.8", {}, "Succeeded"),
        { metadata: { namespace: "web", name: "waiting" } },
      ],
      "/apis/networking.k8s.io/v1beta1/servicecidrs": [cidr],
      "/apis/networking.k8s.io/v1/servicecidrs": [cidr],
      "/api/v1/services": [
        { metadata: { namespace: "web", name: "shop" }, spec: { clusterIPs: ["10.43.0.9"], externalIPs: ["10.9.0.1"] } },
        { metadata: { namespace: "web", name: "headless" }, spec: { clusterIPs: ["None"] } },
        {
          metadata: { namespace: "web", name: "repeats-its-own" },
          spec: { externalIPs: ["10.5.0.1"] },
          status: { loadBalancer: { ingress: [{ ip: "10.5.0.1" }] } },
        },
      ],
    });
    assert.deepEqual(seen.used, [
      { kind: "pods", text: "10.42.0.0/24", owner: "the pod network of node m1" },
      { kind: "services", text: "10.43.0.0/16", owner: "the service network in ServiceCIDR kubernetes" },
      { kind: "pods", text: "10.42.0.7", owner: "the address of pod web/shop" },
      { kind: "services", text: "10.43.0.9", owner: "the cluster IP of service web/shop" },
      { kind: "services", text: "10.9.0.1", owner: "an external IP of service web/shop" },
    ]);
  });

  it("reads the networks of Calico's pools, without disabled ones, also if Calico's API server is down", async () => {
    const pool = (name: string, spec: object) => ({ metadata: { name }, spec });
    const pools = [
      pool("default-ipv4-ippool", { cidr: "10.48.0.0/16", blockSize: 26, natOutgoing: true, nodeSelector: "all()" }),
      pool("lb", { cidr: "10.49.0.0/24", allowedUses: ["LoadBalancer"] }),
      pool("no-nat", { cidr: "10.0.0.0/8", disabled: true }),
    ];
    const used = [
      { kind: "pods", text: "10.48.0.0/16", owner: "the network in Calico's IPPool default-ipv4-ippool" },
      { kind: "services", text: "10.49.0.0/24", owner: "the network in Calico's IPPool lb" },
    ];
    const [definitions, api] = ["/apis/crd.projectcalico.org/v1/ippools", "/apis/projectcalico.org/v3/ippools"] as const;
    assert.deepEqual((await see({ [definitions]: pools, [api]: pools })).seen.used, used);
    assert.deepEqual((await see({ [definitions]: pools, [api]: 503 })).seen.used, used);
    assert.deepEqual((await see({ [definitions]: 403, [api]: 403 })).seen.used, []);
  });

  it("asks for objects of Calico and Cilium only if the cluster has their definitions, or these may not be listed", async () => {
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const asked = async (...names: string[]) => {
      const { paths } = await see({ [definitions]: names.map((name) => ({ metadata: { name } })) });
      return paths.filter((path) => /calico|cilium/.test(path)).sort();
    };
    assert.deepEqual(await asked("ipaddresspools.metallb.io"), []);
    assert.deepEqual(await asked("ippools.crd.projectcalico.org"), ["/apis/crd.projectcalico.org/v1/ippools"]);
    assert.deepEqual(await asked("ciliumnodes.cilium.io"), [
      "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dcilium-config",
      "/apis/cilium.io/v2/ciliumnodes",
    ]);
    const { paths } = await see({ [definitions]: 403 });
    assert.equal(paths.filter((path) => /calico|cilium/.test(path)).length, 6);
  });

  it("reads the networks of Cilium: those of its nodes, the one for new nodes, and that of native routing only without these", async () => {
    const nodes = "/apis/cilium.io/v2/ciliumnodes";
    const config = "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dcilium-config";
    const configMap = (data: object) => [{ metadata: { name: "cilium-config" }, data }];
    const native = { "ipv4-native-routing-cidr": "10.0.0.0/8", "enable-ipv4": "true" };
    const node = { metadata: { name: "m1" }, spec: { ipam: { podCIDRs: ["10.50.0.0/24"] } } };
    const multiPool = {
      metadata: { name: "w1" },
      spec: { ipam: { pools: { allocated: [{ pool: "default", cidrs: ["10.51.0.0/27"] }] } } },
    };
    const { used } = (
      await see({ [nodes]: [node, multiPool], [config]: configMap({ ...native, "cluster-pool-ipv4-cidr": "10.50.0.0/16 10.52.0.0/16" }) })
    ).seen;
    const reserve = (text: string, key = "cluster-pool-ipv4-cidr") => ({
      ...{ kind: "pods", text, owner: `${key} in Cilium's ConfigMap` },
      isReserve: true,
    });
    assert.deepEqual(used, [
      { kind: "pods", text: "10.50.0.0/24", owner: "the pod network of CiliumNode m1" },
      { kind: "pods", text: "10.51.0.0/27", owner: "the pod network of CiliumNode w1" },
      reserve("10.50.0.0/16"),
      reserve("10.52.0.0/16"),
    ]);
    assert.deepEqual((await see({ [config]: configMap(native) })).seen.used, [reserve("10.0.0.0/8", "ipv4-native-routing-cidr")]);
    assert.deepEqual((await see({ [nodes]: 403, [config]: 403 })).seen.used, []);
  });

  it("reads the class of services that the running controller handles", async () => {
    const path = "/apis/apps/v1/namespaces/metallb-system/deployments";
    const controller = (labels: object, ...args: string[]) => ({
      metadata: { name: "controller", labels },
      spec: { template: { spec: { containers: [{ args }] } } },
    });
    const chart = { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "controller" };
    const handled = async (...found: object[]) => (await see({ [path]: found })).seen.handledClass;
    assert.equal(await handled(controller(chart, "--port=7472", "--lb-class=home/metallb")), "home/metallb");
    assert.equal(await handled(controller({ app: "metallb", component: "controller" }, "--port=7472")), "");
    assert.equal(await handled(controller({ app: "other" }, "--lb-class=x")), undefined);
  });

  it("reads the chart of the running controller, if it was installed from one", async () => {
    const path = "/apis/apps/v1/namespaces/metallb-system/deployments";
    const labels = { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "controller" };
    const chart = async (more: object) =>
      (await see({ [path]: [{ metadata: { name: "controller", labels: { ...labels, ...more } } }] })).seen.chart;
    assert.equal(await chart({ "helm.sh/chart": "metallb-0.15.3" }), "0.15.3");
    assert.equal(await chart({}), undefined);
    assert.equal((await see({})).seen.chart, undefined);
  });

  it("reads a user's annotations with MetalLB's former prefix, on services of type LoadBalancer", async () => {
    const service = (name: string, type: string, ...annotations: string[]) => ({
      metadata: { namespace: "web", name, annotations: Object.fromEntries(annotations.map((key) => [key, "x"])) },
      spec: { type },
    });
    const former = (name: string) => `metallb.universe.tf/${name}`;
    const { seen } = await see({
      "/api/v1/services": [
        service("shop", "LoadBalancer", former("address-pool"), former("allow-shared-ip"), "metallb.io/loadBalancerIPs"),
        service("managed", "LoadBalancer", former("ip-allocated-from-pool")),
        service("inside", "ClusterIP", former("address-pool")),
      ],
    });
    assert.deepEqual(seen.formerAnnotations, [{ namespace: "web", name: "shop", annotations: ["address-pool", "allow-shared-ip"] }]);
  });

  it("reads a node's condition NetworkUnavailable", async () => {
    const having = (status: string) => ({ metadata: { name: "m1" }, status: { conditions: [{ type: "NetworkUnavailable", status }] } });
    for (const [status, expected] of [
      ["True", true],
      ["False", false],
      ["Unknown", false],
    ] as const)
      assert.equal((await see({ "/api/v1/nodes": [having(status)] })).seen.nodes[0]?.isNetworkUnavailable, expected);
  });
});
