import { PROJECT, stackOf } from "./file-names";
import { lineFinder } from "./line";
import { locate, type ProjectDefaults, type StackSource } from "./parse";
import { pathKeys, pathText, valueAt } from "./path";
import { HIDDEN, nearest, quote, type Problem } from "./problem";
import { stackSchema } from "./schema";
import { parseYaml } from "./yaml";
import type { Keys } from "./yaml-structure";

/** Parses the output of `pulumi config --json` and removes the project's prefix from the keys. */
export function printedConfig(json: string): Record<string, unknown> {
  const entries = Object.entries(JSON.parse(json) as Record<string, { value?: string; objectValue?: unknown }>);
  const own = entries.filter(([key]) => key.startsWith(`${PROJECT}:`));
  // Pulumi prints an empty section as an empty text.
  return Object.fromEntries(
    own.map(([key, { value, objectValue }]) => [key.slice(PROJECT.length + 1), objectValue ?? (value === "" ? null : value)]),
  );
}

/** The name and the text of a stack file, such as `Pulumi.lab-dev.yaml`. */
export interface StackText {
  readonly file: string;
  readonly text: string;
  /** The name of the file in messages, if it is not {@link file}. */
  readonly shown?: string;
  /** The defaults of the project. */
  readonly defaults?: ProjectDefaults;
}

/** A parsed stack file. */
export interface StackFile extends StackSource {
  /** The problems of the file itself, such as invalid YAML. */
  readonly problems: readonly Problem[];
  /** The paths of encrypted values; the configuration holds their ciphertext. */
  readonly encrypted: ReadonlySet<string>;
}

/** Parses a stack file as far as it is valid. */
export function readStackFile({ file, text, shown = file, defaults }: StackText): StackFile {
  const stack = stackOf(file) ?? file;
  const yaml = parseYaml(text);
  const find = lineFinder(yaml);
  const lineOf = (path: string) => {
    const [top = "", ...rest] = pathKeys(path);
    return find([["config"], [`${PROJECT}:${top}`, top], ...rest.map((key) => [key])]);
  };
  if (yaml.mistakes.length > 0) {
    const problems = yaml.mistakes.map(({ keys, ...mistake }) => ({
      ...mistake,
      file: shown,
      path: pathIn(keys),
      value: HIDDEN,
    }));
    return { stack, config: {}, file: shown, lineOf, encrypted: new Set(), problems };
  }
  const all = valueAt(yaml.content, ["config"]) ?? {};
  const config: Record<string, unknown> = {};
  const encrypted = new Set<string>();
  const source = { stack, config, file: shown, lineOf };
  const problems: Problem[] = [];
  if (typeof all !== "object" || Array.isArray(all)) {
    const fix = `write the stack's keys below it, such as ${PROJECT}:pools`;
    problems.push(locate(source, { path: "config", value: Array.isArray(all) ? "a list" : quote(all), rule: "not an object", fix }));
  } else {
    for (const [key, value] of Object.entries(all)) {
      const name = key.startsWith(`${PROJECT}:`) ? key.slice(PROJECT.length + 1) : undefined;
      const suggestion = name ?? suggestKey(key);
      if (suggestion === undefined) continue;
      config[suggestion] ??= withoutSecrets(value, [suggestion], encrypted);
      if (name !== undefined) continue;
      const finding = {
        path: pathText([key]),
        value: HIDDEN,
        rule: "not a key of this project",
        fix: `did you mean ${PROJECT}:${suggestion}?`,
      };
      problems.push({ ...locate(source, finding), path: key });
    }
  }
  return { ...withDefaults(source, defaults), encrypted, problems };
}

/** Adds the project's defaults for the keys that the stack file does not set. A file without a key of this project stays without a plan. */
function withDefaults(source: StackSource, defaults: ProjectDefaults | undefined): StackSource {
  const { config } = source;
  if (defaults === undefined || Object.keys(config).length === 0) return source;
  const values = Object.fromEntries(Object.entries(defaults.values).filter(([key]) => !Object.hasOwn(config, key)));
  return { ...source, config: { ...config, ...values }, defaults: { ...defaults, values } };
}

/** Returns the key of this project that an unknown key probably stands for; undefined if it seems to be a key of another project. */
function suggestKey(key: string): string | undefined {
  const [name = "", prefix] = key.split(":").reverse();
  const known = nearest(name, Object.keys(stackSchema.shape));
  return prefix === undefined || nearest(prefix, [PROJECT]) !== undefined ? known : undefined;
}

/** Replaces every `secure: ...` by its ciphertext. Only Pulumi can decrypt it. */
function withoutSecrets(value: unknown, path: readonly (string | number)[], encrypted: Set<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((inner, index) => withoutSecrets(inner, [...path, index], encrypted));
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "secure" && typeof first[1] === "string") {
    encrypted.add(pathText(path));
    return first[1];
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSecrets(inner, [...path, key], encrypted)]));
}

/** Returns the path of a mistake as messages show it, without `config` and the project's prefix. */
function pathIn(keys: Keys): string {
  const [top, key, ...rest] = keys;
  if (top !== "config" || key === undefined) return pathText(keys) || "config";
  return pathText([typeof key === "string" && key.startsWith(`${PROJECT}:`) ? key.slice(PROJECT.length + 1) : key, ...rest]);
}
