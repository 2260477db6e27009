/** Runs on loopback with the stand-in for an API server. tests/e2e/identity.test.ts compares real clusters. */
import assert from "node:assert/strict";

import { readOwnNodes, checkIdentity } from "../../../cli/check/identity";
import { apiServerOf, NoResponse } from "../../../cluster/api/kubeconfig";
import { ApiServer, base64, kubeconfigFor, oneMaster } from "../../support/api-server";
import { deployedTo, ONE, OTHER } from "../../support/identities";
import { plannedStack } from "../../support/stacks";

describe("the next hop of mode auto, in verify, drift and doctor", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await ApiServer.start(oneMaster)));
  afterEach(() => server.stop());

  const nodes = (state: ReturnType<typeof deployedTo>) => {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfig = { text: kubeconfigFor(cluster), folder: "/" };
    return readOwnNodes({ kubeconfig, context: "lab-dev", namespace: "metallb-system" }, state);
  };

  it("is a node of the recorded cluster, or of the first one that answers", async () => {
    for (const state of [deployedTo(ONE), new Map<string, never>()]) assert.equal((await nodes(state)).length, 2);
  });

  it("is never a node of another cluster", async () => {
    await assert.rejects(nodes(deployedTo(OTHER)), NoResponse);
  });
});

describe("a cluster's identity, in verify and drift", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await ApiServer.start(oneMaster)));
  afterEach(() => server.stop());

  const see = (outputs?: ReturnType<typeof deployedTo>) => {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const { plan } = plannedStack();
    const state = () => Promise.resolve(outputs === undefined ? {} : { outputs });
    return checkIdentity({ plan, state }, apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev"));
  };

  it("is compared with the recorded one", async () => {
    assert.deepEqual(await see(deployedTo(ONE)), { identity: ONE, isCompared: true });
    assert.match((await see(deployedTo(OTHER))).wrongCluster?.rule ?? "", new RegExp(`identity ${OTHER} .* has identity ${ONE}$`));
  });

  it("is reported as not compared if the state cannot be read", async () => {
    assert.deepEqual(await see(), { identity: ONE, isCompared: false });
  });
});
