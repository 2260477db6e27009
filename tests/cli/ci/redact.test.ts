import assert from "node:assert/strict";

import { redact } from "../../../cli/ci/redact";

describe("a text for publication", () => {
  it("has no password of a URL, which the engine prints for a locked state", () => {
    const lock = "  postgres://homelab:p%40ss@192.168.50.2:5432/.pulumi/locks/x.json?sslmode=require: created by root@nas (pid 7)";
    assert.equal(redact(lock, {}), lock.replace("p%40ss", "[secret]"));
    assert.equal(redact("s3://bucket?endpoint=192.168.50.2:7070 and file://~", {}), "s3://bucket?endpoint=192.168.50.2:7070 and file://~");
  });

  it("has no secret of the environment", () => {
    const environment = { PULUMI_CONFIG_PASSPHRASE: "pass phrase", PGPASSWORD: "", HOME: "/root", GITHUB_TOKEN: "ghs_1" };
    assert.equal(redact("pass phrase at /root by ghs_1", environment), "[secret] at /root by [secret]");
  });
});
