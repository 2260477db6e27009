import { isAlias, isMap, isNode, isScalar, isSeq, type Document, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";

export type Keys = readonly (string | number)[];

/** A mistake of a text that is valid YAML, but has no content that can be used. */
export interface StructureMistake {
  /** The position in the text. */
  readonly offset: number;
  readonly keys: Keys;
  readonly rule: string;
  readonly fix: string;
}

/** How many characters aliases may add to a text. A few lines can stand for billions. */
const EXPANSION = 1_000_000;

/** How deep lists and objects may be nested. Stack files and Helm values have about ten levels. */
const DEPTH = 100;

/**
 * Returns what makes the content of a document unusable: aliases, merges, nesting and keys. Replaces each alias in the document by the node
 * that it stands for: the library searches the whole text for each alias.
 */
export function resolveAliases(document: Document, lineOf: (offset: number) => number): StructureMistake[] {
  const walk = new Walk(lineOf);
  walk.visit(document.contents, [], 0);
  return walk.mistakes;
}

/** A node that aliases can name. The size is unknown as long as the node itself is being visited. */
interface Anchored {
  readonly node: unknown;
  size?: { readonly weight: number; readonly height: number };
}

const QUOTED = "put the value in quotes if it is a text that begins with *";
const NESTED = `nested more than ${DEPTH} levels deep`;
const FLATTER = "remove some of the brackets or levels";
const EXPANDED = `the aliases stand for more than ${EXPANSION.toLocaleString("en-US")} characters`;

class Walk {
  readonly mistakes: StructureMistake[] = [];
  private readonly anchors = new Map<string, Anchored>();
  private added = 0;
  /** The deepest level below the node that is being visited. */
  private deepest = 0;

  constructor(private readonly lineOf: (offset: number) => number) {}

  /** Returns the number of characters for which a node stands. */
  visit(node: unknown, keys: Keys, depth: number): number {
    if (isAlias(node)) return this.alias(node, node.source, keys, depth);
    if (!isNode(node)) return 1;
    const anchored: Anchored = { node };
    if (node.anchor !== undefined) this.anchors.set(node.anchor, anchored);
    const before = this.deepest;
    this.deepest = depth;
    const weight = this.content(node, keys, depth);
    anchored.size = { weight, height: this.deepest - depth };
    this.deepest = Math.max(before, this.deepest);
    return weight;
  }

  private content(node: unknown, keys: Keys, depth: number): number {
    if (isScalar(node)) return 1 + lengthOf(node);
    if (depth >= DEPTH) return this.add(node, keys, NESTED, FLATTER);
    if (isSeq(node)) return this.list(node, keys, depth);
    return isMap(node) ? this.map(node, keys, depth) : 1;
  }

  private list({ items }: YAMLSeq, keys: Keys, depth: number): number {
    return items.reduce<number>((sum, item, index) => {
      const weight = this.visit(item, [...keys, index], depth + 1);
      items[index] = this.resolve(item);
      return sum + weight;
    }, 1);
  }

  private map(node: YAMLMap, keys: Keys, depth: number): number {
    const lines = new Map<string, number>();
    return node.items.reduce((sum, pair) => sum + this.pair(pair, lines, keys, depth), 1);
  }

  private pair(pair: Pair, lines: Map<string, number>, keys: Keys, depth: number): number {
    const weight = this.visit(pair.key, keys, depth + 1);
    const key = this.resolve(pair.key);
    if (key !== undefined && !isScalar(key)) this.add(pair.key, keys, "a key that is a list or an object", "use a text as the key");
    const inside = isScalar(key) ? [...keys, nameOf(key)] : keys;
    if (isScalar(key)) this.unique(pair.key, nameOf(key), lines, inside);
    const sum = weight + this.visit(pair.value, inside, depth + 1);
    const value = this.resolve(pair.value);
    // An alias without its anchor has its own message.
    if (isScalar(pair.key) && isMergeKey(pair.key) && value !== undefined && !isMergeable(value))
      this.add(pair.key, inside, "<< takes an alias of an object, or a list of them", 'write one such as "<<: *name", or remove the key');
    Object.assign(pair, { key, value });
    return sum;
  }

  private unique(key: unknown, name: string, lines: Map<string, number>, keys: Keys): void {
    const first = lines.get(name);
    if (first === undefined) lines.set(name, this.lineOf(offsetOf(key) ?? 0));
    else this.add(key, keys, `the same key as on line ${first}`, "remove one of the two");
  }

  /** Returns the node that an alias names, or the node itself; undefined without its anchor. */
  private resolve(node: unknown): unknown {
    return isAlias(node) ? this.anchors.get(node.source)?.node : node;
  }

  private alias(node: unknown, name: string, keys: Keys, depth: number): number {
    const anchored = this.anchors.get(name);
    if (anchored === undefined) return this.add(node, keys, "an alias without an anchor of this name before it", QUOTED);
    if (anchored.size === undefined) return this.add(node, keys, "an alias within the value that it stands for", QUOTED);
    const { weight, height } = anchored.size;
    this.deepest = Math.max(this.deepest, depth + height);
    if (depth + height > DEPTH) this.add(node, keys, NESTED, FLATTER);
    const before = this.added;
    this.added += weight;
    const isFirst = before <= EXPANSION && this.added > EXPANSION;
    return isFirst ? this.add(node, keys, EXPANDED, "write the values out, or use fewer of them") : weight;
  }

  private add(node: unknown, keys: Keys, rule: string, fix: string): number {
    this.mistakes.push({ offset: offsetOf(node) ?? 0, keys, rule, fix });
    return 1;
  }
}

const lengthOf = ({ source, value }: Scalar) => (source ?? (typeof value === "string" ? value : "")).length;
const offsetOf = (node: unknown) => (isNode(node) ? node.range?.[0] : undefined);
const nameOf = ({ value }: Scalar) => (typeof value === "symbol" ? "<<" : String(value));
const isMergeKey = (key: Scalar) => nameOf(key) === "<<" && (key.type === undefined || key.type === "PLAIN");
const isMergeable = (value: unknown) => isMap(value) || (isSeq(value) && value.items.every((item) => isMap(item)));
