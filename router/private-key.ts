/** Private keys as the provider's Go client reads them, in a form that this program's SSH library reads, too. */
import { createPrivateKey, type KeyObject } from "node:crypto";

import { RouterRejects } from "./ssh-errors";

/** The kinds of block that Go's `ssh.ParsePrivateKey` reads. */
const READABLE = ["OPENSSH PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "PRIVATE KEY"];

/** What other formats begin with, their names, and how to convert them. */
const FOREIGN: readonly (readonly [start: RegExp, name: string, command: string])[] = [
  [/^PuTTY-User-Key-File-/, "PuTTY's format", "puttygen FILE -O private-openssh -o NEWFILE"],
  [/^---- BEGIN SSH2 /, "ssh.com's format", "ssh-keygen -i -f FILE > NEWFILE"],
  [/^[^]{0,64}\0/, "a binary form or UTF-16", 'ssh-keygen -p -m RFC4716 -N "" -f FILE, after it is saved as plain text (PEM)'],
];

const convert = 'ssh-keygen -p -m RFC4716 -N "" -f FILE';

/**
 * Returns a private key in a form for the SSH library: the first PEM block, as in Go, without text around it. PKCS#8 is converted. A text
 * without a block is returned as it is, for the library's own message.
 *
 * @throws RouterRejects if the provider could not read the key, with the command that converts it
 */
export function readablePrivateKey(text: string): string {
  for (const [start, name, command] of FOREIGN) {
    if (start.test(text)) throw wrongFormat(name, command);
  }
  const [, kind = "", body] = /^-----BEGIN ([A-Z0-9 ]+)-----[ \t\r]*\n([^]*?)^-----END \1-----/m.exec(text) ?? [];
  if (body === undefined) return text;
  const lines = body.split("\n").map((line) => line.trim());
  const block = [
    `-----BEGIN ${kind}-----`,
    ...lines.filter((line, index) => line !== "" || lines[index - 1]?.includes(":")),
    `-----END ${kind}-----`,
    "",
  ];
  if (kind === "ENCRYPTED PRIVATE KEY") throw wrongFormat("encrypted PKCS#8", convert);
  if (!READABLE.includes(kind)) throw wrongFormat(`a block ${JSON.stringify(kind)}`, convert);
  return kind === "PRIVATE KEY" ? convertPkcs8(block.join("\n")) : block.join("\n");
}

function wrongFormat(name: string, command: string): RouterRejects {
  const rule = `the private key cannot be used: it is in ${name}, which the provider does not read`;
  return new RouterRejects("privateKeyFile", rule, `convert a copy with ${command}`);
}

function convertPkcs8(pem: string): string {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw wrongFormat("a damaged PKCS#8 block", convert);
  }
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ed25519") return openSshEd25519(key);
  throw wrongFormat(`PKCS#8 with a key of type ${key.asymmetricKeyType}`, "ssh-keygen -t ed25519 -f NEWFILE, which makes a new key");
}

/** Formats an ed25519 key as OpenSSH does, because the library reads no other form of it. */
function openSshEd25519(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" });
  const [open, secret] = [x, d].map((value) => Buffer.from(value, "base64url")) as [Buffer, Buffer];
  const text = (value: string | Buffer) => {
    const content = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
  };
  const publicKey = Buffer.concat([text("ssh-ed25519"), text(open)]);
  // Two equal numbers, which a wrong passphrase would make unequal, and an empty comment.
  const pair = Buffer.concat([Buffer.alloc(8), publicKey, text(Buffer.concat([secret, open])), text("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (pair.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const header = Buffer.concat([Buffer.from("openssh-key-v1\0"), text("none"), text("none"), text(""), one, text(publicKey)]);
  const content = Buffer.concat([header, text(Buffer.concat([pair, padding]))]).toString("base64");
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...(content.match(/.{1,70}/g) ?? []), "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}
