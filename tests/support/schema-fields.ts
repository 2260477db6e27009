import { stackJsonSchema } from "../../config/json-schema";
import { PROJECT } from "./stack-files";

/** A part of the JSON Schema of stack files. */
export interface SchemaNode {
  readonly description?: string;
  readonly examples?: unknown[];
  readonly default?: unknown;
  readonly type?: string;
  readonly properties?: Record<string, SchemaNode>;
  readonly required?: string[];
  readonly items?: SchemaNode | SchemaNode[];
  readonly anyOf?: SchemaNode[];
  readonly writeOnly?: boolean;
}

/** A field of the schema. */
export interface SchemaField {
  /** Such as `.pools[].name`, for any index of a list. */
  readonly path: string;
  readonly field: SchemaNode;
  /** Whether the field is required. */
  readonly required: boolean;
}

/** Returns every field below a node. */
export function fieldsOf(node: SchemaNode, path = ""): SchemaField[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, field]) => [
    { path: `${path}.${key}`, field, required: (node.required ?? []).includes(key) },
    ...fieldsOf(field, `${path}.${key}`),
  ]);
  const items = [node.items ?? []]
    .flat()
    .flatMap((item) => [{ path: `${path}[]`, field: item, required: true }, ...fieldsOf(item, `${path}[]`)]);
  return [...own, ...items];
}

/** Returns every field of a stack's configuration, with paths without the project's prefix. */
export function configFields(): SchemaField[] {
  const { properties = {} } = (stackJsonSchema() as SchemaNode).properties?.["config"] ?? {};
  const sections = Object.entries(properties).map(([key, section]) => [key.replace(`${PROJECT}:`, ""), section]);
  return fieldsOf({ properties: Object.fromEntries(sections) as Record<string, SchemaNode> });
}

/** A value of a configuration without nested values, and its path. An encrypted value, `secure: ...`, is one value. */
export interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Returns a leaf's path in the notation of the schema's fields. */
export function fieldPath({ path }: Leaf): string {
  return path.map((key) => (typeof key === "number" ? "[]" : `.${key}`)).join("");
}

/** Returns every leaf of a configuration, in order. */
export function leavesOf(value: unknown, path: Leaf["path"] = []): Leaf[] {
  if (typeof value !== "object" || value === null || "secure" in value) return [{ path, value }];
  const entries = Array.isArray(value) ? value.map((inner: unknown, index) => [index, inner] as const) : Object.entries(value);
  return entries.flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
