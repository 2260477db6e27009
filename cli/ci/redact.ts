import * as fs from "node:fs";

/** The names of environment variables whose values are secret, such as PULUMI_ACCESS_TOKEN, AZURE_STORAGE_KEY and GOOGLE_CREDENTIALS. */
const SECRET_NAME = /(pass(word|wd|phrase)?|secret|token|credentials?|key)$/i;
/** The names of variables that hold the path of a file with a secret. */
const SECRET_FILE_NAME = /((pass(word|wd|phrase)|secret|token|credentials?|key)_file|application_credentials)$/i;
/** Shorter lines and parts of a secret, such as "{", are no secret on their own. */
const SHORTEST_PART = 8;

const PATTERNS: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, "[secret]"],
  // The engine prints the address of a locked state with its password, which may contain "/" and "@". A port and a query are none, and no digest.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)(?!\d{1,5}(?:\/[^\s@]*)?\?)\S+@(?!sha256:)/gi, "$1[secret]@"],
  // A token in place of a user.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/:@]{20,}@/gi, "$1[secret]@"],
  [
    /((?:pass(?:word|wd|phrase)?|secret|token|sig|signature|credentials?|(?:api|access|account|private|secret)[_-]?key)=)[^\s&"'`|;]+/gi,
    "$1[secret]",
  ],
  [/\b((?:bearer|basic) +)[a-z0-9+/=._~-]{8,}/gi, "$1[secret]"],
];

/**
 * Removes secrets from a value before it is published: the secrets in the environment, private keys, and passwords in URLs. A text must be as its
 * author wrote it, because escaped or shortened secrets are not found.
 *
 * @param value a text, or an object or list whose texts are searched
 */
export function redact<Value>(value: Value, environment: NodeJS.ProcessEnv = process.env): Value {
  const known = secretsOf(environment);
  const redacted = (text: string): string => {
    const withoutKnown = known.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
    return PATTERNS.reduce((rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement), withoutKnown);
  };
  const inner = (part: unknown): unknown => {
    if (typeof part === "string") return redacted(part);
    if (Array.isArray(part)) return part.map(inner);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, content]) => [redacted(key), inner(content)]));
  };
  return inner(value) as Value;
}

/** Returns the secrets of an environment in each form in which a program prints them, the longest first. */
function secretsOf(environment: NodeJS.ProcessEnv): string[] {
  const values = Object.entries(environment).flatMap(([name, value = ""]) => {
    if (SECRET_FILE_NAME.test(name)) return [contentOf(value)];
    return SECRET_NAME.test(name) ? [value] : [];
  });
  const forms = values.flatMap((value) => [value, ...partsOf(value)]).flatMap(formsOf);
  return [...new Set(forms)].filter((form) => form !== "").sort((one, other) => other.length - one.length);
}

function contentOf(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Returns the parts of a secret that may be printed alone: its lines, and the secrets in a JSON object such as a service account's. */
function partsOf(value: string): string[] {
  const fields = secretFields(value);
  return [value.trim(), ...fields, ...[value, ...fields].flatMap((text) => text.split(/\r?\n/))].filter(
    (part) => part === value.trim() || part.trim().length >= SHORTEST_PART,
  );
}

function secretFields(text: string): string[] {
  try {
    const fields = JSON.parse(text) as unknown;
    if (typeof fields !== "object" || fields === null) return [];
    return Object.entries(fields).flatMap(([key, content]: [string, unknown]) =>
      typeof content === "string" && SECRET_NAME.test(key) ? [content] : [],
    );
  } catch {
    return [];
  }
}

/** Returns a secret as it is, and as JSON, a URL and base64 contain it. */
const formsOf = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  ...(secret.length >= SHORTEST_PART ? [Buffer.from(secret).toString("base64")] : []),
];
