/** The places of encrypted values in a stack file. */
import { isField, isSecretField } from "./issues";
import { pathKeys, pathText, valueAt } from "./path";
import type { Finding } from "./problem";
import { stackSchema } from "./schema";

/** The paths of a stack's secrets, such as `router.password`. A path also stands for everything below it. */
export type SecretPaths = ReadonlySet<string>;

/** The text in place of an encrypted value. */
export const PLACEHOLDER = "[secret]";

type Values = Readonly<Record<string, unknown>>;

const VALUES = ["metallb", "values"];

/** The values of MetalLB's chart that the program reads itself. Its messages show them. */
const READ = ["loadBalancerClass", "speaker.ignoreExcludeLB", "speaker.tolerateMaster", "speaker.tolerations"];

/** Whether a path is inside the chart's values, any of which may be secret. */
const isValue = ([section, key, ...rest]: readonly (string | number)[]) => section === VALUES[0] && key === VALUES[1] && rest.length > 0;

/**
 * Returns a finding for each secret in a place where none can stay secret: the plan's values appear in messages, documents and outputs, in the
 * cluster and on the router.
 */
export function findMisplacedSecrets(secrets: SecretPaths): Finding[] {
  const refused = [...secrets].filter((path) => {
    const keys = pathKeys(path);
    if (isValue(keys)) return READ.some((one) => isWithin(path, `metallb.values.${one}`));
    // An unknown key is reported as such.
    return isField(stackSchema, keys) && !isSecretField(stackSchema, keys);
  });
  return refused.map((path) => ({
    path,
    value: "an encrypted value",
    rule: "not a secret, and needed here",
    fix: `set it again with "pulumi config set --path" and without --secret`,
  }));
}

const isWithin = (path: string, outer: string) => path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

/** Returns the chart's values with each secret replaced. */
export function replaceSecrets(values: Values, secrets: SecretPaths, replace: (secret: unknown) => unknown): Values {
  const inner = (value: unknown, path: readonly (string | number)[]): unknown => {
    if (secrets.has(pathText(path))) return replace(value);
    if (Array.isArray(value)) return value.map((item, index) => inner(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, inner(below, [...path, key])]));
  };
  return inner(values, VALUES) as Values;
}

/**
 * Adds the keys that the engine counts as secret although the stack file shows no secret in them, such as those of an environment. The engine
 * does not tell which part of a key is secret: of `metallb` it may be any of the chart's values.
 */
export function withSecretKeys(secrets: SecretPaths, keys: readonly string[], config: Values): SecretPaths {
  const unplaced = keys.filter((key) => ![...secrets].some((path) => isWithin(path, key)));
  const more = unplaced.flatMap((key) => {
    if (key !== VALUES[0]) return ["cluster", "router"].includes(key) ? [] : [key];
    const values = valueAt(config, VALUES) ?? {};
    return leavesOf(values, VALUES).filter((path) => !READ.some((one) => isWithin(path, `metallb.values.${one}`)));
  });
  return new Set([...secrets, ...more]);
}

function leavesOf(value: unknown, path: readonly (string | number)[]): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [pathText(path)];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
