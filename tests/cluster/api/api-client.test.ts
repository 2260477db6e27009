import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { ask } from "../../../cluster/api/api-client";
import { apiServerOf, NoResponse } from "../../../cluster/api/kubeconfig";
import { ApiServer, base64, kubeconfigFor } from "../../support/api-server";

describe("a request to an API server", () => {
  let api: ApiServer;
  beforeEach(async () => {
    api = await ApiServer.start({ "/api/v1/nodes": [] });
  });
  afterEach(() => api.stop());
  const server = () =>
    apiServerOf(
      { text: kubeconfigFor({ server: api.url, "certificate-authority-data": base64(api.certificate.cert) }), folder: "/nowhere" },
      "lab-dev",
    );

  it("reuses an open connection", async () => {
    for (let count = 0; count < 3; count++) assert.equal((await ask(server(), "/api/v1/nodes")).status, 200);
    assert.deepEqual([api.requests.length, api.connections], [3, 1]);
  });

  it("does not reuse a connection that was verified with other certificates", async () => {
    await ask(server(), "/api/v1/nodes");
    const strict = server();
    const untrusting = { ...strict, options: { ...strict.options, ca: Buffer.from("") } };
    await assert.rejects(ask(untrusting, "/api/v1/nodes"), NoResponse);
  });

  it("ends at a limit, with a reason, if the answer has no end", async () => {
    const chunk = Buffer.alloc(4_000_000, "x");
    const endless = createServer((_request, response) => {
      const more = () => void (response.write(chunk) ? setImmediate(more) : response.once("drain", more));
      more();
    });
    endless.listen(0, "127.0.0.1");
    await once(endless, "listening");
    const at = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    try {
      const other = apiServerOf({ text: kubeconfigFor({ server: at }), folder: "/nowhere" }, "lab-dev");
      await assert.rejects(ask(other, "/version"), new RegExp(`NoResponse: ${at} answers GET /version with more than 32 MB`));
    } finally {
      endless.closeAllConnections();
      endless.close();
    }
  });
});
