/** Checks that the search for secrets in end-to-end tests finds a planted secret in every form in which programs print it. */
import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import fc from "fast-check";

import { ed25519 } from "../../lab/ssh-key";
import { leaks } from "../support/secrets";

const password = crypto.randomBytes(18).toString("base64");
const key = ed25519().private;
const secrets = { "the password": password, "the key": key };

describe("the search for secrets", () => {
  const planted: readonly (readonly [form: string, plant: (secret: string) => string])[] = [
    ["as it is", (secret) => `error: dial with ${secret} failed`],
    ["as JSON", (secret) => JSON.stringify({ connection: { password: secret } })],
    ["in a URL", (secret) => `postgres://homelab:${encodeURIComponent(secret)}@192.168.50.2/pulumi`],
    ["in hexadecimal digits", (secret) => `<${Buffer.from(secret).toString("hex")}>`],
    ["in base64", (secret) => Buffer.from(secret).toString("base64")],
    ["in base64 of a text around it", (secret) => Buffer.from(`kubeconfig: ${secret}\n`).toString("base64")],
    ["in base64 for URLs", (secret) => Buffer.from(secret).toString("base64url")],
  ];
  for (const [form, plant] of planted) {
    it(`finds a secret ${form}`, () => {
      assert.match(leaks(`before ${plant(password)} after`, secrets).join(), /^the password, in [^,]+$/);
      assert.match(leaks(`before ${plant(key)} after`, secrets).join(), /^the key, in [^,]+$/);
    });
  }

  it("finds a secret in base64 at any offset", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (before, after) => {
        const text = Buffer.concat([before, Buffer.from(password), after]).toString("base64");
        assert.deepEqual(leaks(text, secrets), ["the password, in base64"]);
      }),
    );
  });

  it("finds one line of a key", () => {
    assert.deepEqual(leaks(key.split("\n")[2] ?? "", secrets), ["the key, in plain text"]);
  });

  it("prints no value, and finds nothing if there is no secret", () => {
    assert.ok(!leaks(password, secrets).join().includes(password));
    const other = ed25519().private;
    assert.deepEqual(leaks(`${other} ${JSON.stringify(other)} ${crypto.randomBytes(5000).toString("base64")}`, secrets), []);
  });
});
