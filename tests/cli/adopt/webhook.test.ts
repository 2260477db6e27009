import assert from "node:assert/strict";

import { waitForWebhook } from "../../../cli/adopt/webhook";
import { apiServerOf } from "../../../cluster/api/kubeconfig";
import { ApiServer, base64, kubeconfigFor, Reply } from "../../support/api-server";
import { printedBy } from "../project";

describe("homelab adopt, before a preview", () => {
  let api: ApiServer;
  beforeEach(async () => (api = await ApiServer.start({})));
  afterEach(() => api.stop());
  const wait = (limit: number) => {
    const cluster = { server: api.url, "certificate-authority-data": base64(api.certificate.cert) };
    const server = apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev");
    return printedBy(() => waitForWebhook(server, "metallb-system", { limit, interval: 5 }));
  };
  const deaf = new Reply(500, { message: "failed calling webhook" });

  it("waits until MetalLB's webhook answers", async () => {
    api.change = () => (api.requests.length < 4 ? deaf : new Reply(403, { message: "denied the request: overlaps" }));
    assert.equal(await wait(60_000), "Waiting until MetalLB's webhook answers.");
    assert.equal(api.requests.length, 6);
  });

  it("does not wait for a MetalLB that is not installed", async () => {
    api.change = () => 404;
    assert.equal(await wait(60_000), "");
    assert.equal(api.requests.length, 2);
  });

  it("leaves it to the preview to say why the webhook does not answer in time", async () => {
    api.change = () => deaf;
    assert.equal(await wait(20), "Waiting until MetalLB's webhook answers.");
  });
});
