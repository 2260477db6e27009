import assert from "node:assert/strict";

import type { ClusterConnection } from "../../../cluster/survey/reader";
import { waitForWebhook } from "../../../cluster/survey/webhook-ready";
import { ApiServer, base64, kubeconfigFor } from "../../support/api-server";
import { listening } from "../../support/program";

const quick = { limit: 200, interval: 5, reportInterval: 20_000 };

describe("the wait for MetalLB's webhook", () => {
  let server: ApiServer;
  const connection = (): ClusterConnection => {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    return { kubeconfig: { text: kubeconfigFor(cluster), folder: "/" }, context: "lab-dev", namespace: "metallb-system" };
  };
  beforeEach(async () => (server = await ApiServer.start({})));
  afterEach(() => server.stop());
  const wait = (limit = 20_000) => listening(() => waitForWebhook(connection(), { ...quick, limit }));

  for (const [title, status] of [
    ["accepts the pool", 201],
    ["rejects it", 403],
    ["reports it as invalid", 422],
  ] as const) {
    it(`ends with one request if it ${title}, and no object is created`, async () => {
      server.change = () => status;
      assert.deepEqual((await wait()).notes, []);
      const [sent, ...more] = server.requests;
      assert.deepEqual(
        [sent?.method, sent?.url, more],
        ["POST", "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools?dryRun=All", []],
      );
      assert.deepEqual(JSON.parse(sent?.body ?? ""), {
        apiVersion: "metallb.io/v1beta1",
        kind: "IPAddressPool",
        metadata: { generateName: "homelab-network-question-", namespace: "metallb-system" },
        spec: { addresses: ["192.0.2.0/32"] },
      });
    });
  }

  it("continues while the kind is missing or the server gets no answer, and reports progress", async () => {
    const statuses = [404, 500, 503, 429, 201];
    server.change = () => statuses.shift() ?? 500;
    const { notes } = await wait();
    assert.deepEqual(notes, ["info: [runtime] Waiting until MetalLB's webhook answers, before pools are created."]);
    assert.equal(server.requests.length, 5);
  });

  it("stops with the server's message on a timeout", async () => {
    server.change = () => 500;
    await assert.rejects(wait(200), {
      message:
        "MetalLB's webhook has not answered within 0.2 s, so no pool can be created; the API server reports: refused with 500; " +
        "docs/how-to/metallb-troubleshooting.md has the causes.",
    });
  });

  it("is skipped if the program cannot read the cluster", async () => {
    const text = kubeconfigFor({ server: server.url }, { exec: { command: "aws" } });
    await waitForWebhook({ ...connection(), kubeconfig: { text, folder: "/" } }, quick);
    assert.deepEqual(server.requests, []);
  });
});
