import type { ParsedKey } from "ssh2";

/**
 * Keys as release 1.2.1 reads them, with the errors of Go's library for what people get wrong. Of a damaged key the error has the text of this
 * library.
 */
async function parse(text: string, passphrase?: string): Promise<ParsedKey | Error> {
  const { utils } = await import("ssh2");
  const keys = utils.parseKey(text, passphrase) as ParsedKey | Error | ParsedKey[];
  // Despite its types, the library returns several keys for a file with several; the first one is used.
  return [keys].flat()[0] ?? new Error("no key found");
}

const PEM = /^-----BEGIN (.+)-----\s[^]*^-----END \1-----/m;

/** Reads a private key. @throws Error in Go's words */
export async function privateKeyOf(text: string, passphrase?: string): Promise<ParsedKey> {
  const type = PEM.exec(text)?.[1];
  if (type === undefined) throw new Error("ssh: no key found");
  const plain = await parse(text);
  if (passphrase === undefined) {
    if (!(plain instanceof Error)) return plain;
    throw new Error(/encrypted/i.test(plain.message) ? "ssh: this private key is passphrase protected" : `ssh: ${plain.message}`);
  }
  if (!(plain instanceof Error))
    throw new Error(type.startsWith("OPENSSH") ? "ssh: key is not password protected" : "ssh: not an encrypted key");
  const key = await parse(text, passphrase);
  if (!(key instanceof Error)) return key;
  throw new Error(/integrity|passphrase/i.test(key.message) ? "x509: decryption password incorrect" : `ssh: ${key.message}`);
}

/** Reads a host key, a line as in `authorized_keys`. @throws Error in Go's words */
export async function hostKeyOf(text: string): Promise<ParsedKey> {
  const key = await parse(text);
  if (key instanceof Error) throw new Error("failed to parse host key: ssh: no key found");
  return key;
}
