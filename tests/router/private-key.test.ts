/** The expectations are those of golang.org/x/crypto/ssh 0.45, `ParsePrivateKey`, which the provider uses. */
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utils, type ParsedKey } from "ssh2";

import { loadLogin } from "../../config/stack-loader";
import { ed25519 } from "../../lab/ssh-key";
import { readablePrivateKey } from "../../router/private-key";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const curves = ["prime256v1", "secp384r1", "secp521r1"].map((namedCurve) => generateKeyPairSync("ec", { namedCurve }).privateKey);
const keys: readonly (readonly [kind: string, key: KeyObject])[] = [
  ["RSA", rsa],
  ...curves.map((key): [string, KeyObject] => [`ECDSA ${key.asymmetricKeyDetails?.namedCurve}`, key]),
  ...Array.from({ length: 20 }, (_, index): [string, KeyObject] => [`ed25519, number ${index}`, generateKeyPairSync("ed25519").privateKey]),
];
const pkcs8 = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();

function parse(text: string): ParsedKey {
  const key = utils.parseKey(readablePrivateKey(text));
  if (key instanceof Error) throw key;
  assert.ok(key.isPrivateKey());
  return key;
}

describe("a private key", () => {
  for (const [kind, key] of keys) {
    it(`is read in PKCS#8: ${kind}`, () => {
      const expected = createPublicKey(key).export({ format: "jwk" });
      const parsed = parse(pkcs8(key));
      // The library's own PEM is not readable by node for ed25519, so a signature shows that it is the same key.
      const signed = parsed.sign("text");
      assert.equal(utils.parseKey(readablePrivateKey(pkcs8(key))) instanceof Error, false);
      assert.ok(parsed.verify("text", signed) === true);
      if (key.asymmetricKeyType === "ed25519") {
        assert.equal(parsed.getPublicSSH().subarray(-32).toString("base64url"), expected.x);
      }
    });
  }

  const forms: readonly (readonly [how: string, change: (text: string) => string])[] = [
    ["with CRLF line ends", (text) => text.replaceAll("\n", "\r\n")],
    ["with spaces at the ends of lines", (text) => text.replaceAll("\n", " \n")],
    ["after other text", (text) => `a comment\n${text}`],
    ["before other text", (text) => `${text}a comment\n`],
    ["without a line end at its end", (text) => text.trimEnd()],
  ];
  for (const [how, change] of forms) {
    it(`is read ${how}`, () => {
      for (const text of [pkcs8(rsa), ed25519().private, rsa.export({ type: "pkcs1", format: "pem" }).toString()]) parse(change(text));
    });
  }

  it("is read from a file with a byte order mark, which the provider does not get", () => {
    const folder = mkdtempSync(join(tmpdir(), "key-"));
    try {
      const { private: privateKey } = ed25519();
      writeFileSync(join(folder, "key"), `\uFEFF${privateKey}`);
      const byFile = loadLogin({ privateKeyFile: "key" }, folder);
      const byValue = loadLogin({ privateKey: `\uFEFF${privateKey}` }, folder);
      for (const { login, findings } of [byFile, byValue]) assert.deepEqual([login, findings], [{ privateKey }, []]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const encrypted = rsa.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "pass-phrase" }).toString();
  const refused: readonly (readonly [what: string, text: string, format: string, command: string])[] = [
    ["encrypted PKCS#8", encrypted, "encrypted PKCS#8", 'ssh-keygen -p -m RFC4716 -N "" -f FILE'],
    [
      "EC parameters before the key",
      `-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n${curves[0]?.export({ type: "sec1", format: "pem" }).toString()}`,
      'a block "EC PARAMETERS"',
      'ssh-keygen -p -m RFC4716 -N "" -f FILE',
    ],
    [
      "PuTTY's format",
      "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
      "PuTTY's format",
      "puttygen FILE -O private-openssh -o NEWFILE",
    ],
    ["ssh.com's format", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n", "ssh.com's format", "ssh-keygen -i -f FILE > NEWFILE"],
    [
      "UTF-16",
      Buffer.from(ed25519().private, "utf16le").toString(),
      "a binary form or UTF-16",
      'ssh-keygen -p -m RFC4716 -N "" -f FILE, after it is saved as plain text (PEM)',
    ],
    [
      "PKCS#8 with a kind of key that SSH does not have",
      pkcs8(generateKeyPairSync("x25519").privateKey),
      "PKCS#8 with a key of type x25519",
      "ssh-keygen -t ed25519 -f NEWFILE, which makes a new key",
    ],
  ];
  for (const [what, text, format, command] of refused) {
    it(`is refused with its format and the command that converts it: ${what}`, () => {
      assert.throws(() => readablePrivateKey(text), {
        key: "privateKeyFile",
        rule: `the private key cannot be used: it is in ${format}, which the provider does not read`,
        fix: `convert a copy with ${command}`,
      });
    });
  }
});
