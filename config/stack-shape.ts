/** Finds the keys of this project in a stack file, and what else is in the file that Pulumi ignores without a word. */
import { isMap, isNode, isScalar, isSeq, type Node, type Pair } from "yaml";

import { PROJECT } from "./file-names";
import { isSecretAt } from "./issues";
import { HIDDEN, nearest, quote } from "./problem";
import { stackSchema } from "./schema";
import type { YamlMistake, YamlText } from "./yaml";
import { characterMistakes, directiveMistakes, readerDifferences } from "./yaml-readers";

/** A key of this project in a stack file. */
export interface Entry {
  /** The key as in the file. */
  readonly key: string;
  /** The key of this project, without the prefix, that it stands for. */
  readonly meant: string;
  readonly value: unknown;
  readonly node: unknown;
}

/** A mistake with its value as messages show it. */
export interface ShapeMistake extends YamlMistake {
  readonly value?: string;
}

interface Shape {
  readonly entries: readonly Entry[];
  readonly mistakes: readonly ShapeMistake[];
}

/** The keys that Pulumi knows at the top of a stack file. */
const TOP = ["config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment"];

const sections = Object.keys(stackSchema.shape);

/** Returns the entries of this project, and everything that Pulumi would ignore or refuse. */
export function entriesOf({ document, lines, content }: YamlText): Shape {
  const lineOf = (node: unknown) => lines.linePos(isNode(node) ? (node.range?.[0] ?? 0) : 0).line || 1;
  const root = document.contents;
  if (root === null) return { entries: [], mistakes: [] };
  if (!isMap(root)) {
    const kind = isSeq(root) ? "a list" : isScalar(root) && root.value === null ? "nothing" : "a text";
    const fix = "write config: and the stack's keys below it";
    return { entries: [], mistakes: [{ line: lineOf(root), keys: [""], rule: `holds ${kind}, and not the key config`, fix }] };
  }
  const unknown = unknownAtTheTop(root.items, lineOf);
  const pair = root.items.find(({ key }) => nameOf(key) === "config");
  const all = (content as { config?: unknown }).config ?? {};
  if (!isMap(pair?.value)) {
    if (typeof all === "object" && !Array.isArray(all)) return { entries: [], mistakes: unknown };
    const fix = `write the stack's keys below it, such as ${PROJECT}:pools`;
    const value = Array.isArray(all) ? "a list" : typeof all === "string" ? "a text" : quote(all);
    return { entries: [], mistakes: [...unknown, { line: lineOf(pair?.key), keys: ["config"], value, rule: "not an object", fix }] };
  }
  const below = belowConfig(withMerged(pair.value.items), all as Record<string, unknown>, lineOf);
  return { entries: below.entries, mistakes: [...unknown, ...below.mistakes] };
}

/** Returns pairs with those that are merged into them. */
const withMerged = (pairs: readonly Pair[]): Pair[] =>
  pairs.flatMap((pair) => {
    if (!isScalar(pair.key) || typeof pair.key.value !== "symbol") return [pair];
    const maps: unknown[] = isSeq(pair.value) ? pair.value.items : [pair.value];
    return maps.flatMap((map) => (isMap(map) ? map.items : []));
  });

const nameOf = (key: unknown) => (isScalar(key) ? String(key.value) : undefined);

/** Reports the first unknown key at the top of the file. A key with an anchor may hold values for aliases. */
function unknownAtTheTop(pairs: readonly Pair[], lineOf: (node: unknown) => number): ShapeMistake[] {
  const pair = pairs.find(({ key, value }) => {
    const name = nameOf(key);
    return name !== undefined && !TOP.includes(name) && (value as (Node & { anchor?: string }) | null)?.anchor === undefined;
  });
  const name = nameOf(pair?.key);
  if (name === undefined) return [];
  const isOurs = name.startsWith(`${PROJECT}:`) || sections.includes(name);
  const guess = nearest(name, TOP);
  const fix = isOurs
    ? `write config: above it, and indent it`
    : guess === undefined
      ? `known here are ${TOP.join(", ")}`
      : `did you mean ${guess}?`;
  return [{ line: lineOf(pair?.key), keys: [name], value: HIDDEN, rule: "unknown key at the top of the file, which Pulumi ignores", fix }];
}

function belowConfig(pairs: readonly Pair[], all: Record<string, unknown>, lineOf: (node: unknown) => number): Shape {
  const entries: Entry[] = [];
  const mistakes: ShapeMistake[] = [];
  for (const [key, value] of Object.entries(all)) {
    const pair = pairs.find((one) => nameOf(one.key) === key);
    const name = key.startsWith(`${PROJECT}:`) ? key.slice(PROJECT.length + 1) : undefined;
    const meant = name ?? meantBy(key);
    if (meant === undefined) continue;
    entries.push({ key, meant, value, node: pair?.value });
    if (name !== undefined) continue;
    const fix = sections.includes(meant)
      ? `did you mean ${PROJECT}:${meant}?`
      : `known here are ${sections.join(", ")}, with ${PROJECT}: before them`;
    mistakes.push({ line: lineOf(pair?.key), keys: [key], rule: "not a key of this project", fix });
  }
  return { entries, mistakes: [...mistakes, ...(entries.length > 0 ? [] : otherProject(pairs, lineOf))] };
}

/**
 * Returns the key of this project that an unknown key probably stands for; undefined if it seems to be a key of another project. Pulumi
 * takes a key without a prefix for one of this project.
 */
function meantBy(key: string): string | undefined {
  const [name = "", prefix] = key.split(":").reverse();
  const known = nearest(name, sections);
  if (prefix === undefined) return known ?? key;
  return nearest(prefix, [PROJECT]) === undefined ? undefined : known;
}

/** Reports a whole plan that has the prefix of another project. */
function otherProject(pairs: readonly Pair[], lineOf: (node: unknown) => number): ShapeMistake[] {
  const ours = pairs.filter(({ key }) => sections.includes(nameOf(key)?.split(":").at(-1) ?? ""));
  const [first] = ours;
  const name = nameOf(first?.key);
  if (name === undefined || ours.length < 2) return [];
  const rule = `a key of another project, and the file has none of ${PROJECT}`;
  return [{ line: lineOf(first?.key), keys: [name], value: HIDDEN, rule, fix: `did you mean ${PROJECT}:${name.split(":").at(-1)}?` }];
}

/** Returns what Pulumi's YAML reader understands differently in the value of a key. */
export function differencesIn({ lines, text }: YamlText, node: unknown, [top, key]: readonly [string, string]): ShapeMistake[] {
  const path = [key.startsWith(`${PROJECT}:`) ? key.slice(PROJECT.length + 1) : key];
  return readerDifferences(text, node, path).map(({ offset, keys, text: shown, rule, fix }) => {
    const at = { line: lines.linePos(offset).line || 1, keys: [top, key, ...keys.slice(1)] };
    if (shown === undefined) return { ...at, rule, fix };
    if (!isSecretAt(stackSchema, keys)) return { ...at, value: shown, rule, fix };
    return { ...at, rule: "a text to this program, but not to Pulumi, or the other way round", fix: "put the value in quotes" };
  });
}

/** Returns what Pulumi's YAML reader refuses in a text. */
export function refusedByPulumi({ text, document, lines }: YamlText): ShapeMistake[] {
  const found = [...characterMistakes(text), ...directiveMistakes(document)];
  return found.map(({ offset, ...mistake }) => ({ ...mistake, line: lines.linePos(offset).line || 1 }));
}
