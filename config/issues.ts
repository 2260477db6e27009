import { z } from "zod";

import { pathText, valueAt } from "./path";
import { HIDDEN, nearest, quote, type Finding } from "./problem";

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** Turns the schema library's issues with `input` into findings that name key, value, rule and fix. */
export function findingsOf(schema: Schema, input: unknown, issues: readonly Issue[]): Finding[] {
  const misspelt = new Set(
    issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys.map((key) => meantBy(schema, issue.path, key)) : [])),
  );
  const findings = issues.flatMap((issue) => {
    const unresolved = outputIn(input, issue.path);
    if (unresolved !== undefined) return [plainWanted(schema, unresolved)];
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(schema, issue.path, key));
    // One slip, one line: what is missing is there under another name.
    if (misspelt.has(pathText(issue.path)) && valueAt(input, issue.path) === undefined) return [];
    const value = valueAt(input, issue.path);
    const { rule, fix } = ruleOf(issue);
    return {
      path: pathText(issue.path),
      value: showValue(schema, issue.path, value),
      rule: value === undefined ? "missing" : rule,
      fix: fix ?? setTo(schema, issue.path),
    };
  });
  // A value of the wrong kind may break further rules: the first says enough.
  return findings.filter(({ path }, index) => index === findings.findIndex((earlier) => earlier.path === path));
}

const setTo = (schema: Schema, path: readonly PropertyKey[]) =>
  `set it to ${metaOf(schema, path).description ?? "a value of the right kind"}`;

/** A Pulumi output or a promise where only a value is accepted; what is inside it says nothing to the user. */
const plainWanted = (schema: Schema, path: readonly PropertyKey[]): Finding => ({
  path: pathText(path),
  value: "an output",
  rule: "not a plain value, which is needed here before any resource exists",
  fix: setTo(schema, path),
});

/** The path of the first Pulumi output or promise on the way to a value. */
function outputIn(input: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  return path.map((_, index) => path.slice(0, index + 1)).find((part) => isOutput(valueAt(input, part)));
}

const isOutput = (value: unknown): boolean =>
  value instanceof Promise ||
  (typeof value === "object" && value !== null && (value as { __pulumiOutput?: unknown }).__pulumiOutput === true);

const articles: Record<string, string> = {
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  int: "a whole number",
};

/** What an issue says; the fix only where it is more than the field's description. */
function ruleOf(issue: Issue): { rule: string; fix?: string } {
  switch (issue.code) {
    case "custom":
      return { rule: issue.message, fix: String(issue.params?.["fix"]) };
    case "invalid_key":
      return issue.issues[0] === undefined ? { rule: issue.message } : ruleOf(issue.issues[0]);
    case "invalid_type":
      return { rule: `not ${articles[issue.expected] ?? `a ${issue.expected}`}` };
    case "invalid_value":
      return { rule: issue.values.length === 1 ? `only ${String(issue.values[0])} is known` : `not one of ${issue.values.join(", ")}` };
    case "too_small":
      return { rule: issue.origin === "array" ? "empty" : `below ${issue.minimum}` };
    case "too_big":
      return { rule: issue.origin === "array" ? "more than one entry" : `above ${issue.maximum}` };
    default:
      return { rule: issue.message };
  }
}

/** The value of an unknown key stays unsaid: it may be a misspelt password. */
function unknownKey(schema: Schema, path: readonly PropertyKey[], key: string): Finding {
  const known = knownKeys(schema, path);
  const guess = nearest(key, known);
  const others = guess === undefined ? `known here are ${known.join(", ")}` : `did you mean ${guess}?`;
  return {
    path: pathText([...path, key]),
    value: HIDDEN,
    rule: "unknown key",
    fix: Object.hasOwn(fixes, key) ? String(fixes[key]) : others,
  };
}

/** The path that a misspelt key probably stands for. */
function meantBy(schema: Schema, path: readonly PropertyKey[], key: string): string | undefined {
  const guess = nearest(key, knownKeys(schema, path));
  return guess && pathText([...path, guess]);
}

/** What to do about keys that are known elsewhere: in the router's form. */
const fixes: Record<string, string> = {
  netmask: "remove it: the netmask follows from the network's prefix",
};

/** A value for a message: scalars as JSON and cut short, anything else by its kind, secrets and what may hold one not at all. */
function showValue(schema: Schema, path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return "nothing";
  if (metaOf(schema, path).writeOnly === true) return HIDDEN;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : quote(value);
}

/** The schema of a path's value within its wrappers, outermost first; empty when the path leaves the schema. */
function schemasAt(schema: Schema, [key, ...rest]: readonly PropertyKey[]): Schema[] {
  const layers = unwrap(schema);
  if (key === undefined) return layers;
  const inner = layers.at(-1);
  const next =
    inner instanceof z.ZodObject
      ? ownOf(inner.def.shape, String(key))
      : inner instanceof z.ZodArray
        ? inner.def.element
        : inner instanceof z.ZodTuple
          ? inner.def.items[Number(key)]
          : inner instanceof z.ZodRecord
            ? inner.def.valueType
            : undefined;
  return next === undefined ? [] : schemasAt(next, rest);
}

/** A key such as `toString` is every object's, and none of the schema's. */
const ownOf = (shape: Record<string, Schema>, key: string) => (Object.hasOwn(shape, key) ? shape[key] : undefined);

function unwrap(schema: Schema): Schema[] {
  const inner =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
      ? schema.def.innerType
      : schema instanceof z.ZodPipe
        ? schema.def.in
        : undefined;
  return inner === undefined ? [schema] : [schema, ...unwrap(inner)];
}

/** What the schema says of a path's value; the outermost layer's word counts. */
function metaOf(schema: Schema, path: readonly PropertyKey[]): z.core.GlobalMeta {
  const layers = schemasAt(schema, path).map((layer) => z.globalRegistry.get(layer) ?? {});
  return Object.assign({}, ...layers.reverse()) as z.core.GlobalMeta;
}

function knownKeys(schema: Schema, path: readonly PropertyKey[]): string[] {
  const inner = schemasAt(schema, path).at(-1);
  return inner instanceof z.ZodObject ? Object.keys(inner.def.shape) : [];
}
