/**
 * Properties in their form between engine and plugin: JSON, with marks for what JSON cannot express. Everything except a run uses this form, so that
 * secrets, unknowns, assets and references stay unchanged.
 * Source of the marks: pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go and sdk/go/common/resource/properties.go.
 */
export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
  [key: string]: Value;
}

const MARK = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The mark of a string that is unknown until the real run. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The marks of unknowns, one for each expected type. */
const UNKNOWNS = new Set<Value>([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

export const isUnknown = (value: Value | undefined): boolean => value !== undefined && UNKNOWNS.has(value);

const isObject = (value: Value | undefined): value is Properties => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value is an object of the program, and not a secret, an asset or a reference, which have the form of an object. */
export const isPlainObject = (value: Value | undefined): value is Properties => isObject(value) && value[MARK] === undefined;

export const isSecret = (value: Value | undefined): boolean => isObject(value) && value[MARK] === SECRET;

export const secret = (value: Value): Value => (isSecret(value) ? value : { [MARK]: SECRET, value });

/** Returns the content of a secret, or the value itself. Secrets inside of it stay. */
export const content = (value: Value): Value => (isObject(value) && isSecret(value) ? (value["value"] ?? null) : value);

/** Applies `change` to the content of a secret, which stays a secret, or to the value itself. */
export function inside(value: Value, change: (held: Value) => Value): Value {
  return isObject(value) && isSecret(value) ? { ...value, value: change(content(value)) } : change(value);
}

/** Returns the value without secret marks at any depth. */
export function reveal(value: Value): Value {
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  if (isSecret(value)) return reveal(value["value"] ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, reveal(held)]));
}

/** Removes nulls in objects, which mean "not given", as in release 1.2.1. Nulls in arrays are values. */
export function withoutNulls(properties: Properties): Properties {
  const clean = (value: Value): Value => (Array.isArray(value) ? value.map(clean) : isObject(value) ? withoutNulls(value) : value);
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, clean(value)]),
  );
}
