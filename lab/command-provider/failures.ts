import type { Field, Fields } from "./fields";
import { content, isPlainObject, isUnknown, type Properties, type Value } from "./values";

/** A problem of one input: its name and a sentence. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/**
 * Returns everything that is wrong with the inputs of a type, in Go's words, and without values, which may be secret. Source: pulumi/pulumi,
 * sdk/go/common/util/mapper/mapper_decode.go and errors.go.
 */
export function findFailures(type: string, fields: Fields, given: Properties): Failure[] {
  const failures: Failure[] = [];
  for (const [key, field] of Object.entries(fields)) {
    const value = given[key];
    if (value !== undefined) failures.push(...inValue(type, key, field, content(value)));
    else if (field.required === true) failures.push({ property: key, reason: `Missing required field '${key}' on 'remote.${type}'` });
  }
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(fields, key)) failures.push({ property: key, reason: `Unrecognized field '${key}' on 'remote.${type}'` });
  }
  return failures;
}

const GO_TYPES: Readonly<Record<Field["type"], string>> = {
  string: "string",
  number: "float64",
  integer: "int",
  boolean: "bool",
  array: "[]interface {}",
  map: "map[string]string",
  object: "",
};

/** Returns at most one failure. If several fields of an object are wrong, it has a line for each. */
function inValue(type: string, key: string, field: Field, value: Value): Failure[] {
  const { goType = GO_TYPES[field.type] } = field;
  const undecodable = (why: string): Failure[] => [{ property: key, reason: `An error occurred decoding '${type}.${key}': ${why}` }];
  if (isUnknown(value) || fits(field, value)) return [];
  if (!isPlainObject(value))
    return [{ property: key, reason: `Field '${key}' on 'remote.${type}' must be a '${goType}'; got '${typeOf(value)}' instead` }];
  if (field.fields !== undefined) {
    const nested = findFailures(goType.replace("remote.", ""), field.fields, value).map(
      ({ property, reason }) => `\n\t${property}: ${reason}`,
    );
    return nested.length === 0 ? [] : undecodable(`${nested.length} failures decoding:${nested.join("")}`);
  }
  if (field.type === "map") {
    return Object.entries(value)
      .flatMap(([name, entry]) => inValue(type, `${key}[${name}] value`, { type: "string" }, content(entry)))
      .slice(0, 1);
  }
  return undecodable(`Cannot decode Object{} to type ${goType}; it isn't a struct, and no custom decoder exists`);
}

function fits({ type }: Field, value: Value): boolean {
  if (type === "array") return Array.isArray(value);
  return typeof value === (type === "integer" ? "number" : type) && typeof value !== "object";
}

function typeOf(value: Value): string {
  if (Array.isArray(value)) return GO_TYPES.array;
  return { string: "string", number: "float64", boolean: "bool" }[typeof value as string] ?? "<nil>";
}
