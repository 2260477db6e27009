import assert from "node:assert/strict";

import { ClusterObjects } from "../../../cluster/api/objects";
import { apiServerOf } from "../../../cluster/api/kubeconfig";
import type { KubeObject } from "../../../cluster/manifests/kube-object";
import { ApiServer, base64, kubeconfigFor } from "../../support/api-server";

const resources = [
  { name: "daemonsets/status", kind: "DaemonSet", namespaced: true },
  { name: "daemonsets", kind: "DaemonSet", namespaced: true },
];
const path = "/apis/apps/v1/namespaces/lb/daemonsets/a%3Ab";
const object = (resourceVersion?: string): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "a:b", namespace: "lb", ...(resourceVersion === undefined ? {} : { resourceVersion }) },
});

describe("objects of a cluster", () => {
  let server: ApiServer;
  let objects: ClusterObjects;
  beforeEach(async () => {
    server = await ApiServer.start({
      "/apis/apps/v1": { resources },
      "/api/v1": { resources: [{ name: "namespaces", kind: "Namespace", namespaced: false }] },
    });
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    objects = new ClusterObjects(apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev"));
  });
  afterEach(() => server.stop());
  const sent = () => server.requests.filter(({ method }) => method !== "GET");

  it("are found under the plural of their kind, which is requested once", async () => {
    server.answers[path] = object("7");
    server.answers["/api/v1/namespaces/lb"] = { kind: "Namespace" };
    assert.deepEqual(await objects.read(object()), object("7"));
    assert.deepEqual(await objects.read({ apiVersion: "v1", kind: "Namespace", metadata: { name: "lb" } }), { kind: "Namespace" });
    assert.equal(await objects.read({ ...object(), metadata: { name: "other", namespace: "lb" } }), undefined);
    assert.equal(await objects.read({ ...object(), apiVersion: "nowhere/v1" }), undefined);
    assert.equal(server.requests.filter(({ url }) => url === "/apis/apps/v1").length, 1);
  });

  it("are changed as read, and once more after a conflict", async () => {
    server.answers[path] = object("7");
    server.change = (_, answers) => {
      const first = JSON.stringify(answers[path]).includes('"7"');
      answers[path] = object("8");
      return first ? 409 : 200;
    };
    assert.equal(await objects.change(object(), "me", () => [{ op: "add", path: "/metadata/labels", value: {} }]), true);
    assert.deepEqual(
      sent().map(({ method, url, headers, body }) => [method, url, headers["content-type"], body]),
      ["7", "8"].map((version) => [
        "PATCH",
        `${path}?fieldManager=me`,
        "application/json-patch+json",
        `[{"op":"add","path":"/metadata/labels","value":{}},{"op":"replace","path":"/metadata/resourceVersion","value":"${version}"}]`,
      ]),
    );
  });

  it("are left alone if there is no object or nothing to change", async () => {
    assert.equal(await objects.change(object(), "me", () => [{ op: "remove", path: "/spec" }]), false);
    server.answers[path] = object("7");
    assert.equal(await objects.change(object(), "me", () => []), false);
    assert.deepEqual(sent(), []);
  });

  it("are applied with force, and a rejection has the server's own message", async () => {
    server.change = () => 200;
    await objects.apply(object(), "me");
    const [request] = sent();
    assert.deepEqual(
      [request?.url, request?.headers["content-type"], request?.body],
      [`${path}?fieldManager=me&force=true`, "application/apply-patch+yaml", JSON.stringify(object())],
    );
    server.change = () => 422;
    await assert.rejects(objects.apply(object(), "me"), {
      name: "ChangeRejected",
      message: "DaemonSet lb/a:b cannot be changed: refused with 422",
    });
    await assert.rejects(objects.apply({ ...object(), kind: "Nothing" }, "me"), /DaemonSet|Nothing lb\/a:b: the cluster has no such kind/);
  });

  it("are created unless they exist, and deleted unless they are gone", async () => {
    for (const [status, other] of [
      [201, 200],
      [409, 404],
    ] as const) {
      server.change = ({ method }) => (method === "POST" ? status : other);
      await objects.create(object(), "me");
      await objects.remove(object());
    }
    server.change = () => 403;
    await assert.rejects(objects.create(object(), "me"), /cannot be changed: refused with 403/);
    await assert.rejects(objects.remove(object()), /cannot be changed: refused with 403/);
    assert.deepEqual(
      sent()
        .slice(0, 2)
        .map(({ method, url }) => [method, url]),
      [
        ["POST", "/apis/apps/v1/namespaces/lb/daemonsets?fieldManager=me"],
        ["DELETE", path],
      ],
    );
  });
});
