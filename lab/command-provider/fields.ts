import type { Value } from "./values";

/** One input, as the schema of release 1.2.1 declares it. */
export interface Field {
  readonly type: "string" | "number" | "integer" | "boolean" | "array" | "map" | "object";
  readonly required?: boolean;
  readonly secret?: boolean;
  readonly default?: Value;
  /** The fields of an object. */
  readonly fields?: Fields;
  /** The name of Go's type, if it is not the usual one of this type. */
  readonly goType?: string;
}
export type Fields = Readonly<Record<string, Field>>;

const ENDPOINT: Fields = {
  user: { type: "string", default: "root" },
  password: { type: "string", secret: true },
  host: { type: "string", required: true },
  port: { type: "number", default: 22 },
  privateKey: { type: "string", secret: true },
  privateKeyPassword: { type: "string", secret: true },
  agentSocketPath: { type: "string" },
  /** The number of failed dials before giving up, minus one; -1: no limit. */
  dialErrorLimit: { type: "integer", default: 10 },
  /** The time limit of the TCP connection in seconds; 0: no limit. */
  perDialTimeout: { type: "integer", default: 15 },
  hostKey: { type: "string" },
};

/**
 * Every input of `command:remote:Command`, in the order in which release 1.2.1 checks them. Source: `CommandArgs` and `ConnectionArgs` of the SDK
 * @pulumi/command 1.2.1.
 */
export const INPUTS: Fields = {
  stdin: { type: "string" },
  logging: { type: "string", goType: "remote.Logging" },
  connection: {
    type: "object",
    required: true,
    secret: true,
    fields: { proxy: { type: "object", fields: ENDPOINT, goType: "remote.ProxyConnection" }, ...ENDPOINT },
    goType: "remote.Connection",
  },
  environment: { type: "map" },
  addPreviousOutputInEnv: { type: "boolean" },
  triggers: { type: "array" },
  create: { type: "string" },
  update: { type: "string" },
  delete: { type: "string" },
};
