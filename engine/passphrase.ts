import { createDecipheriv, pbkdf2 } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";

import type { EnginePlace } from "./backend";

/** A passphrase, and the variable that sets it or names its file. */
export interface Passphrase {
  readonly text: string;
  readonly source: string;
  /** The path of its file, if it is in one. */
  readonly file?: string;
}

/** Finds the passphrase as the CLI does; undefined if neither variable is set. @throws Error if the file cannot be read */
export function findPassphrase({ folder, env }: EnginePlace): Passphrase | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = env;
  if (text !== undefined) return { text, source: "PULUMI_CONFIG_PASSPHRASE" };
  if (file === undefined || file === "") return undefined;
  const path = resolve(folder, file);
  return { text: readFileSync(path, "utf8").trim(), source: `${file} (PULUMI_CONFIG_PASSPHRASE_FILE)`, file: path };
}

/** The parameters of the CLI's key: PBKDF2 with SHA-256, AES in mode GCM. */
const KEY = { iterations: 1_000_000, bytes: 32, tag: 16 };

/**
 * Decrypts the value that the CLI stores in a salt to recognise the passphrase.
 *
 * @param salt the `encryptionsalt` of a stack file, or the salt in a state
 * @returns undefined if the salt has another form than the CLI's
 */
export async function isPassphraseOf(salt: string, { text }: Passphrase): Promise<boolean | undefined> {
  const [, saltText, nonce, sealed] = /^v1:([\w+/=]+):v1:([\w+/=]+):([\w+/=]+)$/.exec(salt) ?? [];
  if (saltText === undefined || nonce === undefined || sealed === undefined) return undefined;
  const key = await promisify(pbkdf2)(text, Buffer.from(saltText, "base64"), KEY.iterations, KEY.bytes, "sha256");
  const bytes = Buffer.from(sealed, "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-KEY.tag));
    decipher.update(bytes.subarray(0, -KEY.tag));
    decipher.final();
    return true;
  } catch {
    return false;
  }
}
