import { z } from "zod";

import { PROJECT } from "./file-names";
import { stackSchema } from "./schema";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The path of the committed schema in the project's folder. The stack files point editors to it. */
export const SCHEMA_FILE = "schema/stack.schema.json";

/** Returns the JSON Schema of a stack file for editors: the keys with their meaning and default. */
export function stackJsonSchema(): object {
  const { properties = {}, required = [] } = z.toJSONSchema(stackSchema, {
    io: "input",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => {
      Object.assign(jsonSchema, lostAnnotations(zodSchema));
      if (jsonSchema.writeOnly === true) allowEncrypted(jsonSchema);
    },
  }) as JsonSchema;
  const prefixed = Object.entries(properties).map(([key, value]) => [`${PROJECT}:${key}`, value]);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: `A stack file of ${PROJECT}`,
    description: "The plan of one cluster: its address pools, and the static routes to them on the router.",
    type: "object",
    properties: {
      config: {
        description: "The stack's configuration. Keys of other projects and of providers may stand here too.",
        type: "object",
        properties: Object.fromEntries(prefixed) as object,
        required: required.map((key) => `${PROJECT}:${key}`),
        patternProperties: { [`^${PROJECT}:(?!(${Object.keys(properties).join("|")})$)`]: false },
      },
    },
    required: ["config"],
  };
}

/** Returns the text of {@link SCHEMA_FILE}. */
export function stackJsonSchemaText(): string {
  return `${JSON.stringify(stackJsonSchema(), null, 2)}\n`;
}

/**
 * Returns examples and defaults, which the converter drops if a parser changes the type. They are in the form of a stack file, so they are
 * valid.
 */
function lostAnnotations(schema: z.core.$ZodType): Partial<JsonSchema> {
  const { examples } = z.globalRegistry.get(schema) ?? {};
  const byDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ? { default: schema.def.defaultValue } : {};
  return { ...byDefault, ...(Array.isArray(examples) ? { examples: examples as unknown[] } : {}) };
}

/** Accepts the object with the ciphertext that `pulumi config set --secret` writes. */
function allowEncrypted(schema: JsonSchema): void {
  const { type, pattern } = schema;
  delete schema.type;
  delete schema.pattern;
  schema.anyOf = [
    { type, ...(pattern === undefined ? {} : { pattern }) } as JsonSchema,
    {
      type: "object",
      properties: { secure: { type: "string", description: "the encrypted value" } },
      required: ["secure"],
      additionalProperties: false,
    },
  ];
}
