import assert from "node:assert/strict";

import { getVersion } from "@pulumi/kubernetes/utilities";

import type { EngineCommand } from "../../engine/cli-invocation";
import type { Outputs } from "../../engine/state-contents";
import { beforeDelete, isStateEnough } from "../../preflight/destroy";
import type { Stack } from "../../preflight/stack";
import { ApiServer, base64, kubeconfigFor } from "../support/api-server";
import { HOST_KEY } from "../support/host-key";
import { Home } from "../support/home";
import { runProgram } from "../support/program";
import { routerStack } from "../support/router-stack";
import { devConfig } from "../support/stack-files";

const ROOT = "urn:pulumi:lab-dev::homelab-network::";
const PROVIDER = `${ROOT}homelab:network:ClusterNetwork$pulumi:providers:kubernetes::kubernetes`;
const NAMESPACE = `${ROOT}homelab:network:ClusterNetwork$homelab:network:MetalLb$kubernetes:core/v1:Namespace::metallb-system`;
const STACK = `${ROOT}pulumi:pulumi:Stack::homelab-network-lab-dev`;
const provider = { kubeconfig: "/home/me/.kube/config", context: "lab-dev", clusterIdentifier: "lab-dev", version: getVersion() };
const destroy: EngineCommand = { verb: "destroy", refresh: false };

/** Returns lab-dev as a run left it. */
const stackWith = (outputs: Outputs = provider, changes: Partial<Stack> = {}): Stack => ({
  ...routerStack(),
  kubeconfig: provider.kubeconfig,
  state: new Map([[PROVIDER, outputs]]),
  isProtected: false,
  ...changes,
});

describe("the state of a stack that is destroyed", () => {
  it("is enough if the provider's kubeconfig, context, cluster name and version are those of the program", () => {
    assert.equal(isStateEnough(stackWith(), destroy), true);
    for (const key of Object.keys(provider)) assert.equal(isStateEnough(stackWith({ ...provider, [key]: "other" }), destroy), false, key);
  });

  it("is not enough without a provider", () => assert.equal(isStateEnough(stackWith({}, { state: new Map() }), destroy), false));

  it("is not enough if a resource is protected, or the backend does not say", () => {
    assert.equal(isStateEnough(stackWith(provider, { isProtected: true }), destroy), false);
    const { isProtected, ...unknown } = stackWith();
    assert.deepEqual([isProtected, isStateEnough(unknown, destroy)], [false, false]);
  });

  it("is not enough with a refresh, or if the command may leave out resources", () => {
    for (const command of [{ ...destroy, refresh: true }, { ...destroy, isPartial: true as const }, undefined])
      assert.equal(isStateEnough(stackWith(), command), false);
  });
});

describe("the program in a destroy for which the state is enough", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  it("registers no resource, and keeps the stack's outputs", async () => {
    const outputs = { nextHop: "192.168.50.11" };
    const resources = [
      { urn: STACK, type: "pulumi:pulumi:Stack", outputs },
      { urn: PROVIDER, type: "pulumi:providers:kubernetes", outputs: { ...provider, kubeconfig: `${home.path}/.kube/config` } },
    ];
    home.write(".pulumi/stacks/homelab-network/lab-dev.json", JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
    const run = await runProgram("lab-dev", devConfig({ "router.hostKey": HOST_KEY }), {
      command: destroy,
      backend: `file://${home.path}`,
    });
    assert.deepEqual([run.resources, run.outputs], [[], outputs]);
  });
});

describe("MetalLB's namespace in a destroy", () => {
  let server: ApiServer;
  let stack: Stack;
  beforeEach(async () => {
    server = await ApiServer.start({});
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfigContent = { text: kubeconfigFor(cluster), folder: "/" };
    const metadata = { name: "metallb-system", uid: "u" };
    stack = { ...routerStack(), kubeconfigContent, state: new Map([[NAMESPACE, { metadata }]]) };
  });
  afterEach(() => server.stop());
  const sent = () => server.requests.map(({ method, url, body }) => [method, url, body === "" ? "" : (JSON.parse(body) as unknown)]);

  it("is deleted first, if it is the one that the stack created", async () => {
    await beforeDelete(stack, destroy);
    const content = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: "u" } };
    assert.deepEqual(sent(), [["DELETE", "/api/v1/namespaces/metallb-system", content]]);
  });

  it("is left to the engine if the server refuses", async () => {
    server.change = () => 403;
    await beforeDelete(stack, destroy);
    assert.equal(sent().length, 1);
  });

  it("is left to the engine if the stack did not create it, or the command may leave out resources", async () => {
    await beforeDelete({ ...stack, state: new Map() }, destroy);
    await beforeDelete(stack, { ...destroy, isPartial: true });
    assert.deepEqual(sent(), []);
  });
});
