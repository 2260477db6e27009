import { inside, isPlainObject, isUnknown, secret, type Properties, type Value } from "./values";

/** One input, as the schema of release 1.2.1 declares it. */
export interface Field {
  readonly type: "string" | "number" | "integer" | "boolean" | "array" | "map" | "object";
  readonly required?: boolean;
  readonly default?: Value;
  /** The fields of an object. */
  readonly fields?: Fields;
}
export type Fields = Readonly<Record<string, Field>>;

const ENDPOINT: Fields = {
  host: { type: "string", required: true },
  port: { type: "number", default: 22 },
  user: { type: "string", default: "root" },
  password: { type: "string" },
  privateKey: { type: "string" },
  privateKeyPassword: { type: "string" },
  agentSocketPath: { type: "string" },
  /** The number of failed dials before giving up, minus one; -1: no limit. */
  dialErrorLimit: { type: "integer", default: 10 },
  /** The time limit of the TCP connection in seconds; 0: no limit. */
  perDialTimeout: { type: "integer", default: 15 },
  hostKey: { type: "string" },
};

/** Every input of `command:remote:Command`. Source: `CommandArgs` and `ConnectionArgs` of the SDK @pulumi/command 1.2.1. */
export const INPUTS: Fields = {
  connection: { type: "object", required: true, fields: { ...ENDPOINT, proxy: { type: "object", fields: ENDPOINT } } },
  create: { type: "string" },
  update: { type: "string" },
  delete: { type: "string" },
  stdin: { type: "string" },
  environment: { type: "map" },
  triggers: { type: "array" },
  logging: { type: "string" },
  addPreviousOutputInEnv: { type: "boolean", default: true },
};

/** A problem of one input: its path and a sentence. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** Checks the inputs, adds the defaults and makes the connection a secret. Reports all failures, without values, which may be secret. */
export function checkInputs(news: Properties): { readonly inputs: Properties; readonly failures: readonly Failure[] } {
  const failures: Failure[] = [];
  const inputs = checkObject("", INPUTS, news, failures);
  if (inputs["connection"] !== undefined) inputs["connection"] = secret(inputs["connection"]);
  return { inputs, failures };
}

function checkObject(path: string, fields: Fields, given: Properties, failures: Failure[]): Properties {
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  const checked: Properties = {};
  for (const [key, value] of Object.entries(given)) {
    const field = fields[key];
    if (field === undefined)
      failures.push({ property: at(key), reason: `"${at(key)}" is not an input: use one of ${Object.keys(fields).join(", ")}` });
    else checked[key] = inside(value, (held) => checkValue(at(key), field, held, failures));
  }
  for (const [key, field] of Object.entries(fields)) {
    if (checked[key] !== undefined) continue;
    if (field.default !== undefined) checked[key] = field.default;
    else if (field.required === true) failures.push({ property: at(key), reason: `"${at(key)}" is missing: give it` });
  }
  return checked;
}

function checkValue(path: string, field: Field, value: Value, failures: Failure[]): Value {
  if (isUnknown(value)) return value;
  if (field.type === "object" && field.fields !== undefined && isPlainObject(value))
    return checkObject(path, field.fields, value, failures);
  if (!fits(field, value)) failures.push({ property: path, reason: `"${path}" must be of type ${field.type}` });
  if (field.type === "map" && isPlainObject(value)) {
    for (const [key, held] of Object.entries(value)) {
      const entry = `${path}.${key}`;
      inside(held, (text) => checkValue(entry, { type: "string" }, text, failures));
    }
  }
  return value;
}

function fits(field: Field, value: Value): boolean {
  if (field.type === "array") return Array.isArray(value);
  if (field.type === "integer") return Number.isInteger(value);
  if (field.type === "map") return isPlainObject(value);
  return typeof value === field.type;
}
