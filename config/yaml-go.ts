/**
 * The rules by which Pulumi's YAML reader, yaml.v3 for Go, reads a plain text. They are those of YAML 1.1 in part; `yaml` for JavaScript
 * follows YAML 1.2. `tests/lab/tools/yaml-readers.test.ts` compares these rules with the real CLI.
 */

/** A date, which Pulumi passes on as a text of its own form. */
export const DATE = Symbol("date");

/** What Go makes of a text without quotes. */
export type GoScalar = string | number | boolean | null | typeof DATE;

const words = new Map<string, GoScalar>(
  Object.entries({ true: true, false: false, null: null }).flatMap(([word, value]) =>
    [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)].map((text): [string, GoScalar] => [text, value]),
  ),
);
for (const text of ["", "~"]) words.set(text, null);
for (const text of [".nan", ".NaN", ".NAN"]) words.set(text, NaN);
for (const text of [".inf", ".Inf", ".INF"]) {
  for (const sign of ["", "+"]) words.set(`${sign}${text}`, Infinity);
  words.set(`-${text}`, -Infinity);
}

const float = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

/** Returns what Go makes of a text without quotes and without a tag. */
export function goScalar(text: string): GoScalar {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (/^\./.test(text)) return finite(text) ?? text;
  if (!/^[-+\d]/.test(text)) return text;
  if (isDate(text)) return DATE;
  const plain = text.replaceAll("_", "");
  return integer(plain) ?? finite(plain) ?? text;
}

const BASES: Readonly<Record<string, { readonly digits: RegExp; readonly base: number }>> = {
  x: { digits: /^[\da-f]+$/i, base: 16 },
  o: { digits: /^[0-7]+$/, base: 8 },
  b: { digits: /^[01]+$/, base: 2 },
};

/** Parses a whole number of 64 bits: decimal, or with one of the prefixes 0x, 0o, 0b and 0. */
function integer(text: string): number | undefined {
  const [, sign = "", prefix, rest = ""] = /^([-+]?)(?:0([xob]))?(.*)$/i.exec(text) ?? [];
  const isOctal = prefix === undefined && /^0\d/.test(rest);
  const { digits, base } =
    prefix === undefined ? { digits: isOctal ? /^[0-7]+$/ : /^\d+$/, base: isOctal ? 8 : 10 } : BASES[prefix.toLowerCase()]!;
  if (!digits.test(rest)) return undefined;
  const value = BigInt(base === 10 ? rest : `${{ 16: "0x", 8: "0o", 2: "0b" }[base]}${rest}`);
  const limit = sign === "-" ? 2n ** 63n : sign === "+" ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  if (value > limit) return undefined;
  return Number(sign === "-" ? -value : value);
}

function finite(text: string): number | undefined {
  if (!float.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Whether a text is a date or a time as Go parses it. */
function isDate(text: string): boolean {
  const day = /^(\d{4})-(\d{1,2})-(\d{1,2})(.*)$/.exec(text);
  if (day === null) return false;
  const [year = 0, month = 0, date = 0] = day.slice(1, 4).map(Number);
  if (month < 1 || month > 12 || date < 1 || date > new Date(Date.UTC(year, month, 0)).getUTCDate()) return false;
  const rest = day[4] ?? "";
  if (rest === "") return true;
  const time =
    /^(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+](\d{2}):(\d{2}))|\s+(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)$/.exec(rest);
  if (time === null) return false;
  const [hour = 0, minute = 0, second = 0] = (time[1] === undefined ? time.slice(6, 9) : time.slice(1, 4)).map(Number);
  return hour < 24 && minute < 60 && second < 60 && Number(time[4] ?? 0) <= 24 && Number(time[5] ?? 0) < 60;
}
