import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { releasePending } from "../../preflight/interrupted-run";
import type { Stack } from "../../preflight/stack";
import { ApiServer, base64, kubeconfigFor } from "../support/api-server";
import { listening } from "../support/program";
import { routerStack } from "../support/router-stack";
import { PROJECT } from "../support/stack-files";

const path = "/apis/apps/v1/namespaces/metallb-system/daemonsets/speaker";
const inputs = { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "speaker", namespace: "metallb-system" } };
const pending = [
  { urn: "urn:speaker", type: "kubernetes:apps/v1:DaemonSet", inputs },
  { urn: "urn:route", type: "command:remote:Command", inputs: { triggers: [] } },
];
const entry = (manager: string) => ({
  manager,
  operation: "Apply",
  apiVersion: "apps/v1",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:spec": {} },
});
const live = (...managers: string[]) => ({ metadata: { name: "speaker", resourceVersion: "7", managedFields: managers.map(entry) } });

describe("objects that an interrupted run was creating", () => {
  let server: ApiServer;
  let stack: Stack;
  beforeEach(async () => {
    server = await ApiServer.start({
      "/apis/apps/v1": { resources: [{ name: "daemonsets", kind: "DaemonSet", namespaced: true }] },
      [path]: live("pulumi-kubernetes-61ab4141", "kube-controller-manager"),
    });
    server.change = () => 200;
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    stack = { ...routerStack(), kubeconfigContent: { text: kubeconfigFor(cluster), folder: "/" } };
    await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "", state: {} }) }, PROJECT, "lab-dev");
  });
  afterEach(() => server.stop());
  const release = () => listening(() => releasePending(stack, pending));
  const changes = () => server.requests.filter(({ method }) => method !== "GET");
  const printed = (outcome: string) => [
    `info: [runtime] DaemonSet metallb-system/speaker, which an interrupted run was creating, ${outcome}.`,
  ];

  it("lose the provider's field managers, for exactly the object that was read, and keep values and other managers", async () => {
    assert.deepEqual((await release()).notes, printed("now belongs to this run"));
    const [sent, ...more] = changes();
    assert.deepEqual([sent?.method, sent?.url, more], ["PATCH", `${path}?fieldManager=homelab-network`, []]);
    assert.equal(sent?.headers["content-type"], "application/json-patch+json");
    assert.deepEqual(JSON.parse(sent?.body ?? ""), [
      { op: "replace", path: "/metadata/managedFields", value: [entry("kube-controller-manager")] },
      { op: "replace", path: "/metadata/resourceVersion", value: "7" },
    ]);
  });

  it("keep an entry without fields if no manager would remain", async () => {
    server.answers[path] = live("pulumi-kubernetes-61ab4141");
    await release();
    const [{ value }] = JSON.parse(changes()[0]?.body ?? "") as [{ value: { manager: string; fieldsV1: object }[] }];
    assert.deepEqual(
      value.map(({ manager, fieldsV1 }) => [manager, fieldsV1]),
      [["homelab-network", { "f:metadata": { "f:annotations": { "f:homelab-network/released": {} } } }]],
    );
  });

  for (const [title, answer] of [
    ["does not exist", 404],
    ["is unmanaged", live("helm")],
  ] as const) {
    it(`are left alone if the object ${title}`, async () => {
      server.answers[path] = answer;
      assert.deepEqual([(await release()).notes, changes()], [[], []]);
    });
  }

  it("are read again if they changed meanwhile", async () => {
    let tries = 0;
    server.change = () => (tries++ === 0 ? 409 : 200);
    const { notes } = await release();
    assert.deepEqual([changes().length, notes.at(-1)], [2, printed("now belongs to this run")[0]]);
  });

  it("are reported if the server rejects the change", async () => {
    server.change = () => 403;
    const { warnings } = await release();
    assert.match(
      warnings[0] ?? "",
      /^warning: \[runtime\] DaemonSet .*, cannot be taken over: DaemonSet .* cannot be changed: refused with 403\.$/,
    );
  });

  it("cost no request if the pending operation is not of a cluster", async () => {
    await releasePending(stack, pending.slice(1));
    assert.deepEqual(server.requests, []);
  });
});
