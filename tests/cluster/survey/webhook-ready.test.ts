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
    ["accepts the object", 201],
    ["rejects it", 403],
    ["reports it as invalid", 422],
  ] as const) {
    it(`ends with one request for each kind if it ${title}, and no object is created`, async () => {
      server.change = () => status;
      assert.deepEqual((await wait()).notes, []);
      const sent = server.requests.map(({ method, url, body }) => ({ method, url, content: JSON.parse(body) as unknown }));
      const question = (kind: string, resource: string, spec: object) => ({
        method: "POST",
        url: `/apis/metallb.io/v1beta1/namespaces/metallb-system/${resource}?dryRun=All`,
        content: {
          apiVersion: "metallb.io/v1beta1",
          kind,
          metadata: { generateName: "homelab-network-question-", namespace: "metallb-system" },
          spec,
        },
      });
      assert.deepEqual(sent, [
        question("IPAddressPool", "ipaddresspools", { addresses: ["192.0.2.0/32"] }),
        question("L2Advertisement", "l2advertisements", { ipAddressPools: ["homelab-network-question"] }),
      ]);
    });
  }

  it("continues while the kind is missing or the server gets no answer, and reports progress", async () => {
    const statuses = [404, 500, 503, 429];
    server.change = () => statuses.shift() ?? 201;
    const { notes } = await wait();
    assert.deepEqual(notes, ["info: [runtime] Waiting until MetalLB's webhook answers, before pools are created."]);
    assert.equal(server.requests.length, (2 + 1) * 2);
  });

  it("continues while only one kind gets an answer, because a connection still leads to the controller before an upgrade", async () => {
    let refusals = 2;
    server.change = ({ url }) => (url.includes("l2advertisements") && refusals-- > 0 ? 500 : 201);
    const { notes } = await wait();
    assert.deepEqual(notes, ["info: [runtime] Waiting until MetalLB's webhook answers, before pools are created."]);
    assert.equal(server.requests.filter(({ url }) => url.includes("l2advertisements")).length, 3);
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
