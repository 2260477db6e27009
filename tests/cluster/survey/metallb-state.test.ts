/** Runs on loopback with the stand-in for an API server. tests/e2e/verify.test.ts reads a real MetalLB. */
import assert from "node:assert/strict";

import { apiServerOf } from "../../../cluster/api/kubeconfig";
import { readMetalLb } from "../../../cluster/survey/metallb-state";
import { ApiServer, base64, kubeconfigFor } from "../../support/api-server";

const NAMESPACE = "metallb-system";
const labelled = (component: string) => `?labelSelector=app.kubernetes.io%2Fname%3Dmetallb%2Capp.kubernetes.io%2Fcomponent%3D${component}`;
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments${labelled("controller")}`;
const DAEMON_SETS = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets${labelled("speaker")}`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods${labelled("controller")}`;

function pod(container: object, isReady = true) {
  return {
    metadata: { name: "metallb-controller-1" },
    spec: { nodeName: "m1", containers: [container] },
    status: { podIPs: [{ ip: "10.244.0.9" }], conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
  };
}
const probed = (httpGet: object) => ({ ports: [{ name: "monitoring", containerPort: 7472 }], readinessProbe: { httpGet } });

describe("the state of MetalLB in a cluster", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await ApiServer.start({})));
  afterEach(() => server.stop());

  async function state() {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    return readMetalLb(apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev"), NAMESPACE);
  }
  const web = async (container: object, isReady = true) => {
    server.answers[PODS] = [pod(container, isReady)];
    return (await state()).web;
  };

  it("is undefined if MetalLB is not installed", async () => {
    assert.deepEqual(await state(), { controller: { desired: 0, ready: 0 }, speaker: { desired: 0, ready: 0 } });
  });

  it("is its chart's version, and how many of its pods are ready", async () => {
    server.answers[DEPLOYMENTS] = [
      {
        metadata: { name: "metallb-controller", labels: { "helm.sh/chart": "metallb-0.15.3" } },
        status: { replicas: 1, readyReplicas: 1 },
      },
    ];
    server.answers[DAEMON_SETS] = [{ metadata: { name: "metallb-speaker" }, status: { desiredNumberScheduled: 3, numberReady: 2 } }];
    assert.deepEqual(await state(), { chart: "0.15.3", controller: { desired: 1, ready: 1 }, speaker: { desired: 3, ready: 2 } });
  });

  it("includes a page that the kubelet probes, by port name or number", async () => {
    const page = { scheme: "http", port: 7472, path: "/metrics", addresses: ["10.244.0.9"], node: "m1" };
    assert.deepEqual(await web(probed({ path: "/metrics", port: "monitoring" })), page);
    assert.deepEqual(await web({ livenessProbe: { httpGet: { path: "/metrics", port: 7472, scheme: "HTTP" } } }), page);
    assert.deepEqual(await web(probed({ path: "/metrics", port: "monitoring", scheme: "HTTPS" })), { ...page, scheme: "https" });
  });

  it("has no page if the pod is not ready, the port name does not exist, or the path is not plain", async () => {
    assert.equal(await web(probed({ path: "/metrics", port: "monitoring" }), false), undefined);
    assert.equal(await web(probed({ path: "/metrics", port: "other" })), undefined);
    assert.equal(await web(probed({ path: "/a'; reboot'", port: "monitoring" })), undefined);
    assert.equal(await web({}), undefined);
  });
});
