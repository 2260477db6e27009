import * as fs from "node:fs";
import * as path from "node:path";

import { kubeconfigOf } from "../../lab/folders";
import type { Lab } from "../../lab/lab";

/** Secrets by name. Values never appear in a message. */
export type Secrets = Readonly<Record<string, string>>;

/** Returns every secret of a lab: the credentials of its router, its clusters and its state. */
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

/** Returns the secrets in a text, whole or one line of a longer one: verbatim, as JSON, in a URL, in hexadecimal, or in base64 at any offset. */
export function leaks(text: string, secrets: Secrets): string[] {
  return Object.entries(secrets).flatMap(([what, secret]) => {
    const found = tellingLines(secret)
      .flatMap(forms)
      .find(([, form]) => text.includes(form));
    return found === undefined ? [] : [`${what}, ${found[0]}`];
  });
}

/** Returns the lines that are unique to a secret. A key's first and last lines name its format, and a short line may occur anywhere. */
function tellingLines(secret: string): string[] {
  const lines = secret.split("\n").filter((line) => line.length >= 12);
  return lines.filter((line, index) => !line.startsWith("-----") && !lines[index - 1]?.startsWith("-----BEGIN"));
}

/** Returns the secrets in some files and folders, each with its file. */
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

/** Returns the part of a secret's base64 that does not depend on its surroundings, for a number of preceding bytes (modulo 3). */
function base64Within(secret: string, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const own = Math.ceil((before * 8) / 6);
  return whole.toString("base64").slice(own, Math.floor((whole.length * 8) / 6));
}
