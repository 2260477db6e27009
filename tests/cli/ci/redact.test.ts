import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { redact } from "../../../cli/ci/redact";
import { summary } from "../../../cli/ci/summary";

describe("a text for publication", () => {
  it("has no password of a URL, which the engine prints for a locked state", () => {
    for (const password of ["p%40ss", "p/ss", "p@ss", "p:ss", "12/ab@c"]) {
      const lock = `  postgres://homelab:${password}@192.168.50.2:5432/.pulumi/locks/x.json?sslmode=require: created by root@nas (pid 7)`;
      const redacted = redact(lock, {});
      assert.ok(!redacted.includes(password), redacted);
      assert.match(redacted, /^ {2}postgres:\/\/homelab:\[secret\]@.*: created by root@nas \(pid 7\)$/);
    }
  });

  for (const text of [
    "s3://bucket?endpoint=192.168.50.2:7070 and file://~",
    "ssh://admin@192.168.50.1:22/ by me@nas",
    "https://registry.example:443/charts?by=me@nas",
    "oci://registry.example:5000/charts/metallb@sha256:0123",
    "IPAddressPool lab-dev: spec.addresses[0] 10.5.0.0/24",
    "metallb.io/key=first, key=second",
  ])
    it(`keeps ${text}`, () => assert.equal(redact(text, {}), text));

  for (const [text, redacted] of [
    ["postgres://host/db?password=p%20w&sslmode=require", "postgres://host/db?password=[secret]&sslmode=require"],
    ["azblob://c?storage_account=a&sig=ab%2Fc", "azblob://c?storage_account=a&sig=[secret]"],
    ["AccountName=a;AccountKey=abc/def==;Suffix=b", "AccountName=a;AccountKey=[secret];Suffix=b"],
    ["https://ghp_0123456789abcdefghijkl@github.com/x.git", "https://[secret]@github.com/x.git"],
    ["authorization: Bearer abcdefgh.ijkl", "authorization: Bearer [secret]"],
  ] as const)
    it(`has no secret of ${text}`, () => assert.equal(redact(text, {}), redacted));

  it("has no private key, even if its end is missing", () => {
    const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString().trim();
    assert.equal(redact(`the key ${pem} is wrong`, {}), "the key [secret] is wrong");
    assert.equal(redact(`the key ${pem.slice(0, -40)}`, {}), "the key [secret]");
  });

  for (const name of [
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_ACCESS_TOKEN",
    "PGPASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_CLIENT_SECRET",
    "GOOGLE_CREDENTIALS",
    "GITHUB_TOKEN",
  ])
    for (const ending of ["", "|x", '"x', "\\x", "  x", "\nsecond line", "/@:%"])
      it(`has no value of ${name} that ends with ${JSON.stringify(ending)}, in any form`, () => {
        const secret = `${randomBytes(9).toString("hex")}${ending}`;
        const forms = [secret, JSON.stringify(secret), encodeURIComponent(secret), Buffer.from(secret).toString("base64")];
        for (const form of forms) {
          const redacted = redact(`before ${form} after`, { [name]: secret, HOME: "/root" });
          assert.match(redacted, /^before "?\[secret\]"? after$/);
        }
      });

  it("has no line of a secret with several lines, and no secret inside of a service account", () => {
    const [first, second] = [randomBytes(9).toString("hex"), randomBytes(9).toString("hex")];
    assert.equal(redact(`${second}.`, { GITHUB_TOKEN: `${first}\n${second}` }), "[secret].");
    const account = JSON.stringify({ project_id: "a-homelab", private_key: `${first}\n${second}\n` });
    assert.equal(redact(`a-homelab ${first} ${second}`, { GOOGLE_CREDENTIALS: account }), "a-homelab [secret] [secret]");
  });

  it("has no content of a file that holds a secret", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "redact-"));
    try {
      const file = path.join(folder, "passphrase");
      const secret = randomBytes(9).toString("hex");
      fs.writeFileSync(file, `${secret}\n`);
      const environment = { PULUMI_CONFIG_PASSPHRASE_FILE: file, GOOGLE_APPLICATION_CREDENTIALS: path.join(folder, "none") };
      assert.equal(redact(`${secret} in ${file}`, environment), `[secret] in ${file}`);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("keeps everything where a secret is empty", () => {
    assert.equal(redact("pass phrase at /root", { PULUMI_CONFIG_PASSPHRASE: "", PGPASSWORD: "", HOME: "/root" }), "pass phrase at /root");
  });
});

describe("the summary of a preview", () => {
  it("has no secret that its table would escape or shorten", () => {
    for (const ending of ["|x", '"x', "\\x", "  x", "\nx", "`x"]) {
      const secret = `${randomBytes(9).toString("hex")}${ending}`;
      const state = (value: string): object => ({ inputs: { data: value } });
      const step = {
        op: "update",
        urn: "urn:pulumi:s::p::a:b:C::name",
        diffReasons: ["data"],
        oldState: state("a"),
        newState: state(secret),
      };
      const diagnostics = [{ severity: "info", message: `${"x".repeat(19_995)}${secret}` }];
      const outcome = { stack: "lab-dev", exitCode: 0, stderr: secret, digest: { steps: [step], diagnostics } };
      const text = summary(redact(outcome, { PGPASSWORD: secret }));
      assert.ok(!text.includes(secret.slice(0, 5)), text.slice(0, 500));
      assert.match(text, /`"a"` → `"\[secret\]"`/);
    }
  });
});
