import { isMap, isNode, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";

import { PROJECT, stackFileName, stackOf } from "./file-names";
import { locate, type StackSource } from "./parse";
import { pathKeys, pathText, valueAt } from "./path";
import { HIDDEN, nearest, quote, type Problem } from "./problem";
import { stackSchema } from "./schema";
import { parseYaml, type YamlText } from "./yaml";
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
}

/** A parsed stack file. */
export interface StackFile extends StackSource {
  /** The problems of the file itself, such as invalid YAML. */
  readonly problems: readonly Problem[];
  /** The paths of encrypted values; the configuration holds their ciphertext. */
  readonly encrypted: ReadonlySet<string>;
}

/** Parses a stack file as far as it is valid. */
export function readStackFile({ file, text }: StackText): StackFile {
  const stack = stackOf(file) ?? file;
  const yaml = parseYaml(text);
  const lineOf = lineFinder(yaml);
  if (yaml.mistakes.length > 0) {
    const problems = yaml.mistakes.map(({ keys, ...mistake }) => ({
      ...mistake,
      file: stackFileName(stack),
      path: pathIn(keys),
      value: HIDDEN,
    }));
    return { stack, config: {}, lineOf, encrypted: new Set(), problems };
  }
  const all = valueAt(yaml.content, ["config"]) ?? {};
  const config: Record<string, unknown> = {};
  const encrypted = new Set<string>();
  const source = { stack, config, lineOf };
  const problems: Problem[] = [];
  if (typeof all !== "object" || Array.isArray(all)) {
    const fix = `write the stack's keys below it, such as ${PROJECT}:pools`;
    problems.push(locate(source, { path: "config", value: Array.isArray(all) ? "a list" : quote(all), rule: "not an object", fix }));
  } else {
    for (const [key, value] of Object.entries(all)) {
      const name = key.startsWith(`${PROJECT}:`) ? key.slice(PROJECT.length + 1) : undefined;
      const meant = name ?? meantBy(key);
      if (meant === undefined) continue;
      config[meant] ??= withoutSecrets(value, [meant], encrypted);
      if (name !== undefined) continue;
      const finding = { path: pathText([key]), value: HIDDEN, rule: "not a key of this project", fix: `did you mean ${PROJECT}:${meant}?` };
      problems.push({ ...locate(source, finding), path: key });
    }
  }
  return { ...source, encrypted, problems };
}

/** Returns the key of this project that an unknown key probably stands for; undefined if it seems to be a key of another project. */
function meantBy(key: string): string | undefined {
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

/** Returns a function that finds the line of the key at a path, or of its nearest ancestor in the file. */
function lineFinder({ document, lines }: YamlText): (path: string) => number | undefined {
  const maps = new WeakMap<YAMLMap, Map<unknown, Pair>>();
  const pairIn = (map: YAMLMap, names: readonly unknown[]) => {
    const pairs = maps.get(map) ?? new Map(map.items.map((item) => [isScalar(item.key) ? item.key.value : undefined, item]));
    maps.set(map, pairs);
    return pairs.get(names.find((name) => pairs.has(name)));
  };
  return (path) => {
    const [top = "", ...rest] = pathKeys(path);
    let node = document.contents as unknown;
    let offset: number | undefined;
    for (const [depth, key] of ["config", top, ...rest].entries()) {
      const pair = isMap(node) ? pairIn(node, depth === 1 ? [`${PROJECT}:${top}`, top] : [key]) : undefined;
      const next = pair?.value ?? (isSeq(node) && typeof key === "number" ? node.items[key] : undefined);
      const place = pair?.key ?? next;
      if (!isNode(place)) break;
      offset = place.range?.[0];
      node = next;
    }
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
}
