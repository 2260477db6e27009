import { z } from "zod";

import { nearest, pathText, showValue, type Problem } from "./problem";

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** Turns the schema library's findings about `input` into problems that name key, value, rule and fix. */
export function problemsOf(schema: Schema, input: unknown, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(schema, issue.path, key));
    const value = valueAt(input, issue.path);
    const shown = showValue(issue.path, value);
    const wish = `set it to ${describe(schema, issue.path)}`;
    return {
      path: pathText(issue.path),
      ...(shown === undefined ? {} : { value: shown }),
      rule: value === undefined ? "missing" : ruleOf(issue),
      fix: issue.code === "custom" && typeof issue.params?.["fix"] === "string" ? issue.params["fix"] : wish,
    };
  });
}

const articles: Record<string, string> = {
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  int: "a whole number",
};

function ruleOf(issue: Issue): string {
  switch (issue.code) {
    case "custom":
      return issue.message;
    case "invalid_type":
      return `not ${articles[issue.expected] ?? `a ${issue.expected}`}`;
    case "invalid_value":
      return issue.values.length === 1 ? `only ${String(issue.values[0])} is known` : `not one of ${issue.values.join(", ")}`;
    case "too_small":
      return issue.origin === "array" ? "empty" : `below ${issue.minimum}`;
    case "too_big":
      return issue.origin === "array" ? "more than one entry" : `above ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** The value of an unknown key stays unsaid: it may be a misspelt password. */
function unknownKey(schema: Schema, path: readonly PropertyKey[], key: string): Problem {
  const known = knownKeys(schema, path);
  const guess = nearest(key, known);
  return {
    path: pathText([...path, key]),
    rule: "unknown key",
    fix: guess === undefined ? `known here are ${known.join(", ")}` : `did you mean ${guess}?`,
  };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined), input);
}

/** The schema of a path's value within its wrappers, outermost first; empty when the path leaves the schema. */
function schemasAt(schema: Schema, [key, ...rest]: readonly PropertyKey[]): Schema[] {
  const layers = unwrap(schema);
  if (key === undefined) return layers;
  const inner = layers.at(-1);
  const next =
    inner instanceof z.ZodObject
      ? (inner.def.shape as Record<string, Schema>)[String(key)]
      : inner instanceof z.ZodArray
        ? inner.def.element
        : inner instanceof z.ZodTuple
          ? inner.def.items[Number(key)]
          : undefined;
  return next === undefined ? [] : schemasAt(next, rest);
}

function unwrap(schema: Schema): Schema[] {
  const inner =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
      ? schema.def.innerType
      : schema instanceof z.ZodPipe
        ? schema.def.in
        : undefined;
  return inner === undefined ? [schema] : [schema, ...unwrap(inner)];
}

function describe(schema: Schema, path: readonly PropertyKey[]): string {
  const described = schemasAt(schema, path).map((layer) => z.globalRegistry.get(layer)?.description);
  return described.find((description) => description !== undefined) ?? "a value of the right kind";
}

function knownKeys(schema: Schema, path: readonly PropertyKey[]): string[] {
  const inner = schemasAt(schema, path).at(-1);
  return inner instanceof z.ZodObject ? Object.keys(inner.def.shape) : [];
}
