import { INPUTS, type Field, type Fields } from "./fields";

const TYPES = "#/types/command:remote:";

const property = (name: string, field: Field): object => ({
  ...(field.type === "object"
    ? { $ref: TYPES + (name === "proxy" ? "ProxyConnection" : "Connection") }
    : field.type === "map"
      ? { type: "object", additionalProperties: { type: "string" } }
      : field.type === "array"
        ? { type: "array", items: { $ref: "pulumi.json#/Any" } }
        : { type: field.type }),
  ...(field.default === undefined ? {} : { default: field.default }),
  ...(field.secret === true ? { secret: true } : {}),
  ...(name === "triggers" ? { replaceOnChanges: true } : {}),
});

const properties = (fields: Fields): Record<string, object> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, property(name, field)]));

const required = (fields: Fields): string[] => Object.keys(fields).filter((name) => fields[name]?.required === true);

const objectType = (fields: Fields | undefined = {}): object => ({
  type: "object",
  properties: properties(fields),
  required: required(fields),
});

/** Returns the Pulumi package schema of the only resource that this plugin serves. */
export function schema(version: string): string {
  const connection = INPUTS["connection"]?.fields;
  return JSON.stringify({
    name: "command",
    version,
    types: {
      "command:remote:Connection": objectType(connection),
      "command:remote:ProxyConnection": objectType(connection?.["proxy"]?.fields),
    },
    resources: {
      "command:remote:Command": {
        inputProperties: properties(INPUTS),
        requiredInputs: required(INPUTS),
        properties: { ...properties(INPUTS), stdout: { type: "string" }, stderr: { type: "string" } },
        required: [...required(INPUTS), "stdout", "stderr"],
      },
    },
  });
}
