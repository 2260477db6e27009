import * as fs from "node:fs";
import * as path from "node:path";

import { kubeconfigOf } from "../../lab/folders";
import type { Lab } from "../../lab/lab";

/** Secrets by what they are; the values never come into a message. */
export type Secrets = Readonly<Record<string, string>>;

/** Every secret that a lab works with, as far as it has come up: what opens its router, its clusters and its state. */
export function secretsOf({ folders, plans }: Lab): Secrets {
  const read = (file: string): string => (fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "");
  const tokens = plans.map(({ stack }) => {
    const token = /token: (\S+)/.exec(read(kubeconfigOf(folders, stack)))?.[1] ?? "";
    return [`the token of ${stack}'s kubeconfig`, token] as const;
  });
  return {
    ...Object.fromEntries(tokens),
    "the passphrase of the state": read(folders.passphrase),
    "the key to the router": read(folders.sshKey),
  };
}

/** The secrets that a text holds, whole or a line of a longer one: as they are, as JSON, in a URL, in hexadecimal digits, in base64 of whatever is around. */
export function leaks(text: string, secrets: Secrets): string[] {
  return Object.entries(secrets).flatMap(([what, secret]) => {
    const found = tellingLines(secret)
      .flatMap(forms)
      .find(([, form]) => text.includes(form));
    return found === undefined ? [] : [`${what}, ${found[0]}`];
  });
}

/** What nobody else has: a key's first line says of which form it is, as the lines around it do; a short line may be anywhere. */
function tellingLines(secret: string): string[] {
  const lines = secret.split("\n").filter((line) => line.length >= 12);
  return lines.filter((line, index) => !line.startsWith("-----") && !lines[index - 1]?.startsWith("-----BEGIN"));
}

/** The secrets in some files and in all that some folders have, each with its file. */
export function leaksIn(places: readonly string[], secrets: Secrets): string[] {
  const files = places.filter((place) => fs.existsSync(place)).flatMap(filesOf);
  return files.flatMap((file) => leaks(fs.readFileSync(file, "latin1"), secrets).map((what) => `${file}: ${what}`));
}

function filesOf(place: string): string[] {
  if (fs.statSync(place).isFile()) return [place];
  const entries = fs.readdirSync(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

function forms(secret: string): Array<readonly [form: string, text: string]> {
  return [
    ["in plain text", secret],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["in a URL", encodeURIComponent(secret)],
    ["in hexadecimal digits", Buffer.from(secret).toString("hex")],
    ...[0, 1, 2].flatMap((before) => {
      const text = base64Within(secret, before);
      return [
        ["in base64", text],
        ["in base64 for URLs", text.replaceAll("+", "-").replaceAll("/", "_")],
      ] as const;
    }),
  ];
}

/** What of a secret's base64 stays the same whatever is around it, where a number of bytes (modulo 3) precedes it. */
function base64Within(secret: string, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const own = Math.ceil((before * 8) / 6);
  return whole.toString("base64").slice(own, Math.floor((whole.length * 8) / 6));
}
