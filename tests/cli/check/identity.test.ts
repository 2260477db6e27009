/** On loopback, with the API server's stand-in; the commands are compared with real clusters in tests/e2e/identity.test.ts. */
import assert from "node:assert/strict";

import { readOwnNodes } from "../../../cli/check/identity";
import { NoAnswer } from "../../../cluster/api/kubeconfig";
import { ApiServer, base64, kubeconfigFor, oneMaster } from "../../support/api-server";
import { deployedTo, ONE, OTHER } from "../../support/identities";

describe("the next hop of mode auto, in verify, drift and doctor", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await ApiServer.start(oneMaster)));
  afterEach(() => server.stop());

  const nodes = (state: ReturnType<typeof deployedTo>) => {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfig = { text: kubeconfigFor(cluster), folder: "/" };
    return readOwnNodes({ kubeconfig, context: "lab-dev", namespace: "metallb-system" }, state);
  };

  it("is one of the nodes of the recorded cluster, or of the first one", async () => {
    for (const state of [deployedTo(ONE), new Map<string, never>()]) assert.equal((await nodes(state)).length, 2);
  });

  it("is none of another cluster's", async () => {
    await assert.rejects(nodes(deployedTo(OTHER)), NoAnswer);
  });
});
