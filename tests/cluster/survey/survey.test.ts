import assert from "node:assert/strict";

import { surveyCluster, WEBHOOKS } from "../../../cluster/survey/survey";
import type { Survey } from "../../../cluster/diagnosis/cluster-state";
import { MASTER_LABEL } from "../../../config/node-labels";
import { ApiServer, base64, kubeconfigFor, oneMaster, type Answers } from "../../support/api-server";
import { survey } from "../../support/surveys";

const service = { namespace: "metallb-system", name: "metallb-webhook-service" };
const webhook = (name: string, ...hooks: [string, object][]) => ({
  metadata: { name, uid: "u", resourceVersion: "7" },
  webhooks: hooks.map(([hook, clientConfig]) => ({ name: hook, clientConfig })),
});
const pods = "/api/v1/namespaces/metallb-system/pods";
const chart = { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "speaker" };
const pod = (nodeName: string, labels: object, condition: object) => ({
  metadata: { name: `pod-${nodeName}`, namespace: "metallb-system", labels },
  spec: { nodeName },
  status: { conditions: [{ type: "Initialized", status: "True" }, condition] },
});
const pools: [string, object] = ["ipaddresspoolvalidationwebhook.metallb.io", { service: { ...service, path: "/a" } }];
const peers: [string, object] = ["bgppeervalidationwebhook.metallb.io", { service: { ...service, path: "/b" } }];
const found = { name: "metallb-webhook-configuration", uid: "u", resourceVersion: "7", service, serviceExists: false };
const objects = "/apis/metallb.io/v1beta1";
const proxy = "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dkube-proxy";
const proxied = (config: string) => ({ [proxy]: [{ data: { "config.conf": config } }] });
const labelled = (namespace: string, name: string, labels: object) => ({ metadata: { namespace, name, labels } });
const local = (name: string, annotations: object) => ({
  metadata: { namespace: "web", name, annotations },
  spec: { type: "LoadBalancer", externalTrafficPolicy: "Local" },
});
const slice = (service: string, ...endpoints: object[]) => ({
  metadata: { namespace: "web", name: `${service}-x`, labels: { "kubernetes.io/service-name": service } },
  endpoints,
});

/** Returns the differences from the survey of an empty cluster. */
async function see(answers: Answers): Promise<{ seen: Partial<Survey>; server: ApiServer }> {
  const server = await ApiServer.start({ "/api/v1/nodes": [], "/api/v1/services": [], ...answers });
  try {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfig = { text: kubeconfigFor(cluster), folder: "/" };
    const all = await surveyCluster({ kubeconfig, context: "lab-dev", namespace: "metallb-system" });
    const empty = Object.entries(survey({ nodes: [] }));
    const same = new Map(empty.map(([key, value]) => [key, JSON.stringify(value)]));
    return { seen: Object.fromEntries(Object.entries(all).filter(([key, value]) => JSON.stringify(value) !== same.get(key))), server };
  } finally {
    await server.stop();
  }
}

describe("the survey of a cluster", () => {
  it("is empty for an empty cluster, with one round of requests", async () => {
    const { seen, server } = await see({});
    assert.deepEqual(seen, {});
    assert.equal(server.requests.length, 21);
    assert.ok(server.requests.every(({ method }) => method === "GET"));
  });

  it("includes everything that the reader returns", async () => {
    const { seen } = await see({ ...oneMaster, [`${objects}/ipaddresspools`]: [] });
    assert.deepEqual(
      seen.used?.map(({ text }) => text),
      ["192.168.50.11", "203.0.113.1"],
    );
    assert.deepEqual([seen.nodes?.map(({ labels }) => labels), seen.services?.length], [[{ [MASTER_LABEL]: "" }, {}], 2]);
    assert.deepEqual(
      seen.nodes?.map(({ taints }) => taints),
      [[], []],
    );
  });

  it("includes the taints of a node", async () => {
    const taints = [{ key: MASTER_LABEL, effect: "NoSchedule" }];
    const { seen } = await see({ "/api/v1/nodes": [{ metadata: { name: "m1" }, spec: { taints } }] });
    assert.deepEqual(seen.nodes?.[0]?.taints, taints);
  });

  for (const { title, answers, seen } of [
    {
      title: "MetalLB's webhook configuration, whose service does not exist",
      answers: { [WEBHOOKS]: [webhook(found.name, pools, peers)] },
      seen: { webhooks: [found] },
    },
    {
      title: "that the webhook's service exists",
      answers: { [WEBHOOKS]: [webhook(found.name, pools)], "/api/v1/services": [{ metadata: service }] },
      seen: { webhooks: [{ ...found, serviceExists: true }] },
    },
    { title: "no configuration of another name", answers: { [WEBHOOKS]: [webhook("mine", pools)] }, seen: {} },
    {
      title: "no configuration with an unmanaged webhook",
      answers: { [WEBHOOKS]: [webhook(found.name, pools, ["pods.example.com", pools[1]])] },
      seen: {},
    },
    {
      title: "no configuration that calls two services, or an address",
      answers: {
        [WEBHOOKS]: [
          webhook(found.name, pools, [peers[0], { service: { ...service, name: "other" } }]),
          webhook(found.name, [pools[0], { url: "https://lb.example.com" }]),
        ],
      },
      seen: {},
    },
    {
      title: "the namespace, and that it is being deleted",
      answers: { "/api/v1/namespaces/metallb-system": { status: { phase: "Terminating" } } },
      seen: { namespace: "Terminating" as const },
    },
    {
      title: "kinds, pools and advertisements, with their manager",
      answers: {
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": [
          { metadata: { name: "ipaddresspools.metallb.io" } },
          { metadata: { name: "bgppeers.frrk8s.metallb.io" } },
          { metadata: { name: "widgets.example.com" } },
        ],
        [`${objects}/ipaddresspools`]: [
          {
            metadata: {
              ...labelled("metallb-system", "old", {}).metadata,
              managedFields: [{ manager: "helm" }, { manager: "controller", subresource: "status" }],
            },
            spec: { addresses: ["10.9.0.0/24"] },
          },
        ],
        [`${objects}/l2advertisements`]: [labelled("metallb-system", "all", {})],
      },
      seen: {
        crds: ["ipaddresspools.metallb.io"],
        objects: [
          {
            ...{ kind: "IPAddressPool" as const, namespace: "metallb-system", name: "old", addresses: ["10.9.0.0/24"], manager: "helm" },
            object: {
              ...{ apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", spec: { addresses: ["10.9.0.0/24"] } },
              metadata: {
                ...labelled("metallb-system", "old", {}).metadata,
                managedFields: [{ manager: "helm" }, { manager: "controller", subresource: "status" }],
              },
            },
          },
          {
            ...{ kind: "L2Advertisement" as const, namespace: "metallb-system", name: "all", addresses: [], manager: "an unknown manager" },
            object: { apiVersion: "metallb.io/v1beta1", kind: "L2Advertisement", spec: {}, ...labelled("metallb-system", "all", {}) },
          },
        ],
      },
    },
    {
      title: "every MetalLB by its speakers, and k3s's servicelb",
      answers: {
        "/apis/apps/v1/daemonsets": [
          labelled("metallb-system", "metallb-speaker", chart),
          labelled("lb", "speaker", { app: "metallb", component: "speaker" }),
          labelled("kube-system", "speaker", { app: "sound", component: "speaker" }),
          labelled("kube-system", "svclb-traefik-7d", { "svccontroller.k3s.cattle.io/svcname": "traefik" }),
        ],
      },
      seen: {
        speakers: ["lb", "metallb-system"],
        readySpeakers: [],
        conflictingControllers: [{ kind: "servicelb" as const, evidence: ["kube-system/svclb-traefik-7d"] }],
      },
    },
    {
      title: "the nodes with a ready speaker of the stack's MetalLB",
      answers: {
        "/apis/apps/v1/daemonsets": [labelled("metallb-system", "metallb-speaker", chart)],
        [pods]: [
          pod("m1", chart, { type: "Ready", status: "True" }),
          pod("w1", chart, { type: "Ready", status: "False" }),
          pod("w2", { ...chart, "app.kubernetes.io/component": "controller" }, { type: "Ready", status: "True" }),
          { metadata: { name: "unplaced", namespace: "metallb-system", labels: chart } },
        ],
      },
      seen: { speakers: ["metallb-system"], readySpeakers: ["m1"] },
    },
    {
      title: "no speakers if the user may not list their pods",
      answers: { "/apis/apps/v1/daemonsets": [labelled("metallb-system", "metallb-speaker", chart)], [pods]: 403 },
      seen: { speakers: ["metallb-system"] },
    },
    {
      title: "kube-vip's cloud provider, and Cilium's pools once, in any version",
      answers: {
        "/apis/apps/v1/deployments": [labelled("kube-system", "kube-vip-cloud-provider", {}), labelled("kube-system", "coredns", {})],
        "/apis/cilium.io/v2/ciliumloadbalancerippools": [{ metadata: { name: "blue" } }],
        "/apis/cilium.io/v2alpha1/ciliumloadbalancerippools": [{ metadata: { name: "blue" } }],
      },
      seen: {
        conflictingControllers: [
          { kind: "kube-vip" as const, evidence: ["kube-system/kube-vip-cloud-provider"] },
          { kind: "cilium" as const, evidence: ["blue"] },
        ],
      },
    },
    { title: "IPVS without strictARP", answers: proxied("mode: ipvs\nipvs: {strictARP: false}\n"), seen: { lacksStrictArp: true } },
    { title: "IPVS without the strictARP key", answers: proxied("mode: ipvs\n"), seen: { lacksStrictArp: true } },
    { title: "no misconfiguration for IPVS with strictARP", answers: proxied("mode: ipvs\nipvs: {strictARP: true}\n"), seen: {} },
    {
      title: "no misconfiguration in another mode, or in a text that is no configuration",
      answers: proxied("mode: nftables\nipvs: [\n"),
      seen: {},
    },
    {
      title: "services with externalTrafficPolicy: Local that MetalLB serves, and the nodes with a ready endpoint",
      answers: {
        "/api/v1/services": [local("shop", { "metallb.io/ip-allocated-from-pool": "lab-dev" }), local("cloud", {})],
        "/apis/discovery.k8s.io/v1/endpointslices": [
          slice("shop", { nodeName: "w1", conditions: { ready: true } }, { nodeName: "m1", conditions: { ready: false } }, {}),
          slice("shop", { nodeName: "w2" }),
          slice("cloud", { nodeName: "m1" }),
        ],
      },
      seen: {
        services: [{ name: "web/shop", addresses: [], pool: "lab-dev" }],
        localServices: [{ name: "web/shop", nodes: ["w1", "w2"] }],
      },
    },
  ]) {
    it(`finds ${title}`, async () => assert.deepEqual((await see(answers as unknown as Answers)).seen, seen));
  }

  it("omits what the user may not read, if it is only needed for a warning", async () => {
    const hidden = ["/apis/apps/v1/daemonsets", "/apis/apps/v1/deployments", proxy, "/apis/cilium.io/v2/ciliumloadbalancerippools"];
    assert.deepEqual((await see(Object.fromEntries(hidden.map((path) => [path, 403])))).seen, {});
    await assert.rejects(see({ [WEBHOOKS]: 403 }), {
      name: "NoResponse",
      message: /answers 403 to GET .*validatingwebhookconfigurations$/,
    });
  });
});
