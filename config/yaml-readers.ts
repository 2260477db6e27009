/** Finds what Pulumi's YAML reader and this program's understand differently. */
import { isMap, isNode, isScalar, isSeq, Scalar, type Document, type Node, type Pair } from "yaml";

import { DATE, goScalar, type GoScalar } from "./yaml-go";
import type { Keys, StructureMistake } from "./yaml-structure";

/** A value or a key that two readers understand differently. */
export interface Difference extends StructureMistake {
  /** The text in the file, for a message that may show the value. */
  readonly text?: string;
}

/** Returns the characters of a text that Pulumi's reader refuses or takes for line breaks. */
export function characterMistakes(text: string): StructureMistake[] {
  const [control] = text.matchAll(/[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu);
  const [broken] = text.matchAll(/[\x85\u2028\u2029]/g);
  const [bare] = text.matchAll(/\r(?!\n)/g);
  const mistake = (found: RegExpExecArray | undefined, rule: (code: string) => string, fix: string): StructureMistake[] =>
    found === undefined ? [] : [{ offset: found.index, keys: [], rule: rule(codeOf(found[0])), fix }];
  return [
    ...mistake(control, (code) => `the control character ${code}, which Pulumi refuses`, "remove it"),
    ...mistake(broken, (code) => `the character ${code}, which Pulumi takes for a line break`, "remove it"),
    ...mistake(bare, () => "a line that ends in a carriage return alone", "save the file with the line endings of Linux or Windows"),
  ];
}

const codeOf = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** Returns the directives that Pulumi's reader refuses. */
export function directiveMistakes({ directives, warnings }: Document): StructureMistake[] {
  const yaml = directives?.yaml;
  const isKnown = warnings.every(({ code }) => code !== "BAD_DIRECTIVE") && (yaml?.explicit !== true || yaml.version === "1.1");
  return isKnown ? [] : [{ offset: 0, keys: [], rule: "a line that begins with %, which Pulumi refuses", fix: "remove the line" }];
}

/** Returns every scalar, key and tag below a node that the two readers understand differently. @param text the whole text */
export function readerDifferences(text: string, node: unknown, keys: Keys): Difference[] {
  const found: Difference[] = [];
  const seen = new Set<unknown>();
  const visit = (at: unknown, path: Keys): void => {
    // Several aliases share the node that they stand for.
    if (!isNode(at) || seen.has(at)) return;
    seen.add(at);
    found.push(...tagged(at, path));
    if (isScalar(at)) found.push(...scalar(at, text, path));
    else if (isSeq(at)) for (const [index, item] of at.items.entries()) visit(item, [...path, index]);
    else if (isMap(at)) for (const pair of at.items) visitPair(pair, path);
  };
  const visitPair = ({ key, value }: Pair, path: Keys): void => {
    const inside = [...path, isScalar(key) ? keyOf(key) : ""];
    if (isScalar(key)) found.push(...tagged(key, inside), ...mapKey(key, text, inside));
    visit(value, inside);
  };
  visit(node, keys);
  return found;
}

const keyOf = ({ value, source }: Scalar): string => (typeof value === "symbol" ? "<<" : (source ?? String(value)));
const offsetOf = ({ range }: Node) => range?.[0] ?? 0;
const common = /^tag:yaml\.org,2002:(str|map|seq)$/;

function tagged(node: Node & { tag?: string }, keys: Keys): Difference[] {
  const { tag } = node;
  if (tag === undefined || common.test(tag)) return [];
  const rule = "a tag, which not every YAML reader understands";
  return [{ offset: offsetOf(node), keys, rule, fix: "remove the tag, and put the value in quotes if it is a text" }];
}

function scalar(node: Scalar, text: string, keys: Keys): Difference[] {
  const escape = oddEscape(node, text);
  if (escape !== undefined) return [{ offset: offsetOf(node), keys, ...escape }];
  if (!isPlain(node)) return [];
  const { source = "" } = node;
  const go = goScalar(source);
  if (Object.is(go, node.value) || (go === 0 && node.value === 0)) {
    if (typeof go !== "number" || Number.isFinite(go)) return [];
    const fix = "write a number with digits, or put the text in quotes";
    return [{ offset: offsetOf(node), keys, text: source, rule: "a number that Pulumi cannot pass on", fix }];
  }
  const rule = `Pulumi reads ${words(go)} here, and this program ${words(node.value as GoScalar)}`;
  return [{ offset: offsetOf(node), keys, text: source, rule, fix: fixOf(source, go, node.value as GoScalar) }];
}

function mapKey(node: Scalar, text: string, keys: Keys): Difference[] {
  const escape = oddEscape(node, text);
  if (escape !== undefined) return [{ offset: offsetOf(node), keys, ...escape }];
  if (node.value === "<<" && !isPlain(node)) {
    const rule = "a key in quotes that Pulumi merges, and this program does not";
    return [{ offset: offsetOf(node), keys, rule, fix: "write << without quotes to merge, or use another key" }];
  }
  const [start = 0, end = 0] = node.range ?? [];
  if (/[\n\r]/.test(text.slice(start, end)))
    return [{ offset: start, keys, rule: "a key over several lines, which Pulumi refuses", fix: "write it on one line" }];
  if (!isPlain(node) || typeof node.value === "symbol") return [];
  const { source = "" } = node;
  if (source.startsWith("?"))
    return [{ offset: start, keys, rule: "a key that begins with ?, which not every reader keeps", fix: "put the key in quotes" }];
  const go = goScalar(source);
  if (go !== null && go !== DATE && String(go) === String(node.value)) return [];
  const rule = `Pulumi reads ${go === null ? "nothing" : words(go)} as this key, and this program the text`;
  return [{ offset: offsetOf(node), keys, rule, fix: go === null ? "write a key before the colon" : "put the key in quotes" }];
}

const isPlain = ({ type, tag }: Scalar) => type === Scalar.PLAIN && tag === undefined;

/** Reports escape sequences of JSON that Pulumi's reader lacks. */
function oddEscape({ type, range }: Scalar, text: string): { rule: string; fix: string } | undefined {
  if (type !== Scalar.QUOTE_DOUBLE || !range) return undefined;
  const isOdd = /^(?:[^\\]|\\(?!\/|ud[89a-f])[^])*\\(?:\/|ud[89a-f])/i.test(text.slice(range[0], range[1]));
  return isOdd ? { rule: "an escape sequence in double quotes that Pulumi refuses", fix: "write the character itself" } : undefined;
}

function words(value: GoScalar): string {
  if (value === DATE) return "a date";
  if (value === null) return "nothing";
  return typeof value === "string" ? "a text" : String(value);
}

function fixOf(source: string, go: GoScalar, own: GoScalar): string {
  const quoted = `write ${JSON.stringify(source)} in quotes for the text`;
  const numbers = [...new Set([go, own].filter((value) => typeof value === "number" && Number.isFinite(value)))];
  return numbers.length === 0 ? quoted : `${quoted}, or ${numbers.join(" or ")} for the number`;
}
