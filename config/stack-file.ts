import { PROJECT, stackOf } from "./file-names";
import { lineFinder } from "./line";
import type { ProjectDefaults, StackSource } from "./parse";
import { pathKeys, pathText } from "./path";
import { HIDDEN, type Problem } from "./problem";
import type { SecretPaths } from "./secret-places";
import { differencesIn, entriesOf, refusedByPulumi } from "./stack-shape";
import type { FileMistake } from "./text-encoding";
import { parseYaml, type YamlMistake } from "./yaml";
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
  readonly displayName?: string;
  /** The defaults of the project. */
  readonly defaults?: ProjectDefaults;
  /** What is wrong with the file as a whole. */
  readonly mistakes?: readonly FileMistake[];
}

/** A parsed stack file. */
export interface StackFile extends StackSource {
  /** The problems of the file itself, such as invalid YAML. */
  readonly problems: readonly Problem[];
  /** The paths of encrypted values; the configuration holds their ciphertext. */
  readonly encrypted: SecretPaths;
}

/** Parses a stack file as far as it is valid. */
export function readStackFile({ file, text, displayName = file, defaults, mistakes = [] }: StackText): StackFile {
  const stack = stackOf(file) ?? file;
  const yaml = parseYaml(text);
  const find = lineFinder(yaml);
  const lineOf = (path: string) => {
    const [top = "", ...rest] = pathKeys(path);
    return find([["config"], [`${PROJECT}:${top}`, top], ...rest.map((key) => [key])]);
  };
  const source = { stack, file: displayName, lineOf };
  const own = mistakes.map(({ rule, fix, line }): Problem => ({
    file: displayName,
    path: "",
    value: "",
    rule,
    fix,
    ...(line === undefined ? {} : { line }),
  }));
  const problemAt = ({ keys, value = HIDDEN, ...mistake }: YamlMistake & { value?: string }): Problem => {
    return { ...mistake, file: displayName, path: pathIn(keys), value };
  };
  const refused = refusedByPulumi(yaml);
  if (yaml.mistakes.length > 0) {
    // One mistake is one problem: such characters make the rest invalid.
    const problems = own.length > 0 ? own : (refused.length > 0 ? refused : yaml.mistakes).map(problemAt);
    return { ...source, config: {}, encrypted: new Set(), problems };
  }
  const { entries, mistakes: shape } = entriesOf(yaml);
  const config = new Map<string, unknown>();
  const encrypted = new Set<string>();
  const differences: Problem[] = [];
  for (const { key, meant, value, node } of entries) {
    if (config.has(meant)) continue;
    config.set(meant, withoutSecrets(value, [meant], encrypted));
    differences.push(...differencesIn(yaml, node, ["config", key]).map(problemAt));
  }
  return {
    ...withDefaults({ ...source, config: Object.fromEntries(config) }, defaults),
    encrypted,
    problems: [...own, ...[...refused, ...shape].map(problemAt), ...differences],
  };
}

/** Adds the project's defaults for the keys that the stack file does not set. A file without a key of this project stays without a plan. */
function withDefaults(source: StackSource, defaults: ProjectDefaults | undefined): StackSource {
  const { config } = source;
  if (defaults === undefined || Object.keys(config).length === 0) return source;
  const values = Object.fromEntries(Object.entries(defaults.values).filter(([key]) => !Object.hasOwn(config, key)));
  return { ...source, config: { ...config, ...values }, defaults: { ...defaults, values } };
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
  if (keys.length === 1 && /^[\w.:-]*$/.test(String(top))) return String(top);
  if (top !== "config" || key === undefined) return pathText(keys) || "config";
  return pathText([typeof key === "string" && key.startsWith(`${PROJECT}:`) ? key.slice(PROJECT.length + 1) : key, ...rest]);
}
