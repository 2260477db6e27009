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
 * Returns the text of {@link STACK_REFERENCE_FILE}: every key of a stack file with default, meaning and an example, generated from the schema.
 */
export function stackReferenceText(): string {
  const config = (stackJsonSchema() as JsonSchema).properties?.["config"] as JsonSchema;
  const rows = Object.entries(config.properties ?? {}).flatMap(([name, section]) => {
    const key = name.replace(`${PROJECT}:`, "");
    const schema = { ...(section as JsonSchema), examples: [] };
    return [{ key, schema, required: (config.required ?? []).includes(name) }, ...below(schema, key)];
  });
  const selector = rows.find(({ schema }) => isSelector(schema))?.schema ?? {};
  const heading = { key: SELECTOR, schema: { description: SELECTOR_DESCRIPTION }, required: false };
  const keys = [...rows, heading, ...below(selector, SELECTOR)].filter(({ key }) => !key.endsWith("[]"));
  return `${INTRODUCTION}\n${table(keys)}\n`;
}

/** The first part of the keys of a label selector, which stand in several places of a stack file. */
const SELECTOR = "selector";
const SELECTOR_DESCRIPTION =
  "a Kubernetes label selector: an entry of `namespaceSelectors`, `serviceSelectors` and `nodeSelectors`, and `preference`";

const INTRODUCTION = `# The stack file

Every key of \`Pulumi.<stack>.yaml\`, below \`config\`: the first part with the prefix \`${PROJECT}:\`, as in \`${PROJECT}:pools\`. After a colon: an example.
\`[]\` stands for an entry's number: \`pools[0].addresses[0]\` in \`pulumi config set --path\` and messages. An unknown key is an error.

\`bin/homelab schema\` writes this page and [${SCHEMA_FILE}](../../${SCHEMA_FILE}), by which editors check a stack file, from \`config/schema.ts\`.
[One file with every key](../../tests/fixtures/valid/every-field.yaml).
`;

/** Returns a row for each key below a key. The keys of a label selector have rows of their own. */
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
  return rows.flatMap((row) => [row, ...(isSelector(row.schema) ? [] : below(row.schema, row.key))]);
}

const isSelector = ({ properties = {} }: JsonSchema): boolean => "matchLabels" in properties;

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

/** Returns the bounds of a number, and whether a value may be encrypted, unless the description says so. */
function limits({ type, minimum, maximum, anyOf, description = "" }: JsonSchema): string {
  if (anyOf !== undefined) return " (may be encrypted)";
  const bounds = `${minimum} to ${maximum}`;
  return type === "integer" && !description.includes(bounds) ? ` (${bounds})` : "";
}

/** Returns the examples that say more than default and description. */
const examplesOf = (schema: JsonSchema): string[] =>
  schema.enum !== undefined ? [] : (schema.examples ?? []).map(code).filter((text) => text !== code(schema.default ?? null));

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const examples = examplesOf(row.schema).join(", ");
    const text = `${meaning(row.schema)}${limits(row.schema)}`.replaceAll("|", "\\|");
    return [`\`${row.key}\``, byDefault(row), examples === "" ? text : `${text.replace(/, such as [^,]+$/, "")}: ${examples}`];
  });
  const header = ["key", "default", "what it is set to"];
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)));
  const line = (texts: readonly string[]) => `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}
