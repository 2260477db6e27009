import { stringify } from "yaml";
import type { z } from "zod";

import { PROJECT } from "./file-names";
import { SCHEMA_FILE, stackJsonSchema } from "./json-schema";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The path of the committed page in the project's folder. */
export const STACK_REFERENCE_FILE = "docs/reference/stack-file.md";

interface Row {
  readonly key: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/**
 * Returns the text of {@link STACK_REFERENCE_FILE}: every key of a stack file with type, default and examples, generated from the schema.
 */
export function stackReferenceText(): string {
  const config = (stackJsonSchema() as JsonSchema).properties?.["config"] as JsonSchema;
  const sections = Object.entries(config.properties ?? {}).map(([name, section]) => {
    const key = name.replace(`${PROJECT}:`, "");
    const schema = section as JsonSchema;
    const required = (config.required ?? []).includes(name);
    const example = (schema.examples ?? []).map(code).join(", ");
    const need = required ? "required" : `default: ${byDefault({ key, schema, required })}`;
    const head = `\`${name}\` (${need}): ${meaning(schema)}. For example ${example}.`;
    return `## ${key}\n\n${head}\n\n${table(below(schema, key))}\n`;
  });
  return `${INTRODUCTION}\n${sections.join("\n")}`;
}

const INTRODUCTION = `# The stack file

Every key of \`Pulumi.<stack>.yaml\`, below \`config\`. This page is written by \`bin/homelab schema\`, out of the same schema as the parser, its messages and
[${SCHEMA_FILE}](../../${SCHEMA_FILE}), by which editors check a stack file as it is typed: edit \`config/schema.ts\`, not this page.

A key in a list stands once, with \`[]\` for the entry's number. \`pulumi config set --path\` and error messages have the number: \`pools[0].addresses[0]\`. An unknown key
is an error. [One file with every key](../../tests/fixtures/valid/every-field.yaml).
`;

/** Returns a row for each key below a key. */
function below(schema: JsonSchema, key: string): Row[] {
  const { properties = {}, required = [], items = [] } = schema;
  const rows = [
    ...Object.entries(properties).map(([name, inner]) => ({
      key: `${key}.${name}`,
      schema: inner as JsonSchema,
      required: required.includes(name),
    })),
    ...[items].flat().map((inner) => ({ key: `${key}[]`, schema: inner as JsonSchema, required: false })),
  ];
  return rows.flatMap((row) => [row, ...below(row.schema, row.key)]);
}

const defaultPattern = / \(default: ([^)]*)\)/;

/** Returns a description without the parts that have their own column. */
const meaning = ({ description = "" }: JsonSchema): string => description.replace(defaultPattern, "").replace(/^true or false: /, "");

const code = (value: unknown): string => {
  const text =
    typeof value === "string" ? value : stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trim();
  return `\`${(text.includes("\n") ? JSON.stringify(value) : text).replaceAll("|", "\\|")}\``;
};

function byDefault({ key, schema, required }: Row): string {
  const [, words] = defaultPattern.exec(schema.description ?? "") ?? [];
  if (required) return "**required**";
  // The words for an empty list say more than `[]`.
  const value = "default" in schema && !(words !== undefined && code(schema.default) === "`[]`") ? code(schema.default) : undefined;
  if (value !== undefined && words !== undefined) return `${value} (${words})`;
  return value ?? words ?? (key.endsWith("[]") ? "" : "none");
}

function typeOf({ type, minimum, maximum, enum: choices, anyOf, additionalProperties }: JsonSchema): string {
  if (choices !== undefined) return choices.map(code).join(", ");
  if (anyOf !== undefined) return "text, may be encrypted";
  if (type === "object") return typeof additionalProperties === "object" ? "names and values" : "keys";
  if (type === "integer") return `whole number, ${minimum} to ${maximum}`;
  return { string: "text", boolean: "true or false", array: "list" }[String(type)] ?? String(type);
}

function table(rows: readonly Row[]): string {
  const header = ["key", "type", "default", "what it is set to", "for example"];
  const cells = rows.map((row) => {
    const examples = (row.schema.examples ?? []).map(code).join(", ");
    return [`\`${row.key}\``, typeOf(row.schema), byDefault(row), meaning(row.schema).replaceAll("|", "\\|"), examples];
  });
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)));
  const line = (texts: readonly string[]) => `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}
