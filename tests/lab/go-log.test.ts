import assert from "node:assert/strict";
import { reason } from "../../lab/tools/go";

describe("the reason of a failed build", () => {
  const proxy = "the Go module proxy did not answer as it should";

  for (const refusal of [
    'go: k8s.io/api@v0.34.4: Get "https://proxy.invalid/k8s.io/api/@v/v0.34.4.mod": dial tcp: lookup proxy.invalid: no such host',
    "go: k8s.io/api@v0.34.4: read tcp 10.0.0.2:4000->10.0.0.1:443: i/o timeout",
    "go: k8s.io/api@v0.34.4: reading https://proxy.invalid/k8s.io/api/@v/v0.34.4.zip: 503 Service Unavailable",
    "go: k8s.io/api@v0.34.4: reading https://proxy.invalid/k8s.io/api/@v/v0.34.4.info: 404 Not Found",
  ]) {
    it(`is the network: ${refusal.slice(-30)}`, () => {
      assert.equal(reason(`go: downloading k8s.io/api v0.34.4\n${refusal}\n`), `${proxy} (${refusal}); check the network or GOPROXY`);
    });
  }

  it("is the full disk, whatever errors followed", () => {
    const log = "# k8s.io/api/core/v1\nwrite $WORK/b042/_pkg_.a: no space left on device\ngo: build failed\nexit status 1\n";
    assert.equal(reason(log), "the disk is full; free some space");
  });

  it("is otherwise Go's last message, and numbers in it do not make it the network", () => {
    const log =
      "# example\n./main.go:5:3: cannot use 500 (untyped int constant)\n./main.go:9:1: 404 is not a type\n./main.go:12:2: too many errors";
    assert.equal(reason(log), log.split("\n").slice(1).join(" | "));
  });

  it("is shortened if it is long", () => {
    assert.equal(reason("x".repeat(2000)).length, 500);
    assert.ok(reason(`dial tcp: ${"x".repeat(2000)}`).length < 450);
  });
});
