import { z } from "zod";

import { pathText, valueAt } from "./path";
import { HIDDEN, nearest, quote, type Finding } from "./problem";

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** Turns the schema library's issues into findings with key, value, rule and fix. */
export function findingsOf(schema: Schema, input: unknown, issues: readonly Issue[]): Finding[] {
  const commonMisspellings = new Set(
    issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys.map((key) => suggestKey(schema, issue.path, key)) : [])),
  );
  const findings = issues.flatMap((issue) => {
    const unresolved = outputIn(input, issue.path);
    if (unresolved !== undefined) return [plainValueExpected(schema, unresolved)];
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(schema, issue.path, key));
    // One mistake is one finding: the key is not missing, it is misspelt.
    if (commonMisspellings.has(pathText(issue.path)) && valueAt(input, issue.path) === undefined) return [];
    const value = valueAt(input, issue.path);
    const { rule, fix } = ruleOf(issue);
    return {
      path: pathText(issue.path),
      value: showValue(schema, issue.path, value),
      rule: value === undefined ? "missing" : rule,
      fix: fix ?? setTo(schema, issue.path),
    };
  });
  // A value of the wrong type may break more rules; the first one is enough.
  const first = new Map(findings.map((finding) => [finding.path, finding] as const).reverse());
  return findings.filter((finding) => first.get(finding.path) === finding);
}

/** The description of a record names none of its keys, so an example shows the form. */
function setTo(schema: Schema, path: readonly PropertyKey[]): string {
  const { description = "a value of the right kind", examples = [] } = metaOf(schema, path) as {
    description?: string;
    examples?: unknown[];
  };
  const isRecord = schemasAt(schema, path).at(-1) instanceof z.ZodRecord;
  return `set it to ${description}${isRecord && examples.length > 0 ? `, such as ${JSON.stringify(examples[0])}` : ""}`;
}

/** Returns the finding for a Pulumi output or a promise in a place that needs a plain value. Its content would not help the user. */
const plainValueExpected = (schema: Schema, path: readonly PropertyKey[]): Finding => ({
  path: pathText(path),
  value: "an output",
  rule: "not a plain value, which is needed here before any resource exists",
  fix: setTo(schema, path),
});

/** Returns the path of the first Pulumi output or promise along a path. */
function outputIn(input: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  return path.map((_, index) => path.slice(0, index + 1)).find((part) => isOutput(valueAt(input, part)));
}

const isOutput = (value: unknown): boolean =>
  value instanceof Promise ||
  (typeof value === "object" && value !== null && (value as { __pulumiOutput?: unknown }).__pulumiOutput === true);

/** Returns the input without empty sections and lists, whose entries may all be commented out. Helm values are left as they are. */
export function withoutEmpty(schema: Schema, input: unknown): unknown {
  const inner = unwrap(schema).at(-1);
  if (inner instanceof z.ZodArray && Array.isArray(input)) return input.map((item) => withoutEmpty(inner.def.element, item));
  if (!(inner instanceof z.ZodObject) || typeof input !== "object" || input === null || Array.isArray(input)) return input;
  const entries = Object.entries(input).flatMap(([key, value]): [string, unknown][] => {
    const field = ownOf(inner.def.shape, key);
    if (field === undefined) return [[key, value]];
    return value === null && isContainer(field) ? [] : [[key, withoutEmpty(field, value)]];
  });
  return Object.fromEntries(entries);
}

const isContainer = (schema: Schema): boolean => {
  const inner = unwrap(schema).at(-1);
  return [z.ZodObject, z.ZodArray, z.ZodTuple, z.ZodRecord].some((kind) => inner instanceof kind);
};

const articles: Record<string, string> = {
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  int: "a whole number",
};

/** Returns the rule of an issue, and a fix if the field's description is not enough. */
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

/** Reports an unknown key without its value: the key may be a misspelt password. */
function unknownKey(schema: Schema, path: readonly PropertyKey[], key: string): Finding {
  const known = knownKeys(schema, path);
  const guess = nearest(key, known);
  const others = guess === undefined ? (placeOf(schema, path, key) ?? `known here are ${known.join(", ")}`) : `did you mean ${guess}?`;
  return {
    path: pathText([...path, key]),
    value: HIDDEN,
    rule: "unknown key",
    fix: Object.hasOwn(fixes, key) ? String(fixes[key]) : others,
  };
}

/** Returns where to move a key that the top level or only one other section has. */
function placeOf(schema: Schema, [section]: readonly PropertyKey[], key: string): string | undefined {
  const sections = knownKeys(schema, []);
  if (section !== undefined && sections.includes(key)) return `move it out of ${String(section)}`;
  const [place, ...others] = sections.filter((one) => knownKeys(schema, [one]).includes(key));
  return place === undefined || others.length > 0 ? undefined : `move it to ${place}`;
}

/** Returns the path of the key that a misspelt key probably stands for. */
function suggestKey(schema: Schema, path: readonly PropertyKey[], key: string): string | undefined {
  const guess = nearest(key, knownKeys(schema, path));
  return guess && pathText([...path, guess]);
}

/** Fixes for keys that users know from the router's form. */
const fixes: Record<string, string> = {
  netmask: "remove it: the netmask follows from the network's prefix",
};

/**
 * Formats a value for a message: a scalar as shortened JSON, another value by its type. Secrets, and values that may contain one, are not
 * shown.
 */
function showValue(schema: Schema, path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return "nothing";
  if (metaOf(schema, path).writeOnly === true) return HIDDEN;
  if (Array.isArray(value)) return "a list";
  // A text in the place of an object may contain what belongs into it, such as a password, and a text of several lines a file.
  if (typeof value === "string" && (value.split("\n").length > 4 || hasSecrets(schemasAt(schema, path).at(-1)))) return "a text";
  return typeof value === "object" && value !== null ? "an object" : quote(value);
}

/** Whether a value may be a secret: the schema says so or does not know the key, or a Helm value has the name of a secret. */
export function isSecretAt(schema: Schema, path: readonly PropertyKey[]): boolean {
  const layers = path.map((_, index) => schemasAt(schema, path.slice(0, index + 1)));
  if (path.some((_, index) => metaOf(schema, path.slice(0, index + 1)).writeOnly === true)) return true;
  if (layers.some((at) => at.at(-1) instanceof z.ZodUnknown))
    return path.some((key) => /pass|secret|token|key|credential/i.test(String(key)));
  return layers.some((at) => at.length === 0);
}

/** Whether the schema has a path. */
export const isField = (schema: Schema, path: readonly PropertyKey[]): boolean => schemasAt(schema, path).length > 0;

/** Whether the schema calls the value at a path a secret. */
export const isSecretField = (schema: Schema, path: readonly PropertyKey[]): boolean => metaOf(schema, path).writeOnly === true;

/** Whether a secret may be within values of a schema. */
function hasSecrets(schema: Schema | undefined): boolean {
  return schema instanceof z.ZodObject && Object.keys(schema.def.shape).some((key) => metaOf(schema, [key]).writeOnly === true);
}

/** Returns the schemas at a path, from the outermost wrapper to the innermost schema; empty if the path is not in the schema. */
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

/** Every object inherits keys such as `toString`, which are no keys of the schema. */
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

/** Returns the metadata at a path. The outermost schema takes precedence. */
function metaOf(schema: Schema, path: readonly PropertyKey[]): z.core.GlobalMeta {
  const layers = schemasAt(schema, path).map((layer) => z.globalRegistry.get(layer) ?? {});
  return Object.assign({}, ...layers.reverse()) as z.core.GlobalMeta;
}

function knownKeys(schema: Schema, path: readonly PropertyKey[]): string[] {
  const inner = schemasAt(schema, path).at(-1);
  return inner instanceof z.ZodObject ? Object.keys(inner.def.shape) : [];
}
