import assert from "node:assert/strict";

import { readAudit } from "../../lab/audit";

describe("an API server's audit log", () => {
  const event = (auditID: string, more: object = {}) =>
    JSON.stringify({
      auditID,
      stage: "ResponseComplete",
      verb: "list",
      requestURI: "/api/v1/nodes",
      sourceIPs: ["192.168.50.129"],
      ...more,
    });

  it("has each request's client address, purpose, and program, if it has a name", () => {
    const log = `${event("1")}\n${event("2", { verb: "get", requestURI: "/version?x=1", userAgent: "kubectl/v1.34.4 (linux/amd64)", sourceIPs: undefined })}\n`;
    assert.deepEqual(readAudit(log), [
      { address: "192.168.50.129", verb: "list", uri: "/api/v1/nodes", program: "" },
      { address: "", verb: "get", uri: "/version?x=1", program: "kubectl" },
    ]);
  });

  it("has a long request once", () => {
    const watch = { verb: "watch", requestURI: "/api/v1/pods?watch=true" };
    const log = [event("1", { ...watch, stage: "ResponseStarted" }), event("2"), event("1", watch), ""].join("\n");
    assert.deepEqual(
      readAudit(log).map(({ verb }) => verb),
      ["watch", "list"],
    );
  });

  it("is empty before the first request", () => assert.deepEqual(readAudit(""), []));
});
