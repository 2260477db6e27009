import { isAlias, isMap, isPair, isScalar, isSeq, Scalar, visit, type Document, type Node, type Pair, type YAMLMap } from "yaml";

/** Replaces each alias and each merge of a document by a copy of what it stands for, so that parts of the document can be changed. */
export function writeOutAliases(document: Document): Document {
  visit(document, { Alias: (_, alias) => (alias.resolve(document) as Node | undefined)?.clone() as Node | undefined });
  visit(document, {
    Map: (_, map) => {
      const merges = map.items.filter(isMerge);
      if (merges.length === 0) return;
      map.items = map.items.filter((pair) => !isMerge(pair));
      for (const { value } of merges) mergeInto(map, value);
      // Visits the map again: a merged object may have a merge of its own.
      return map;
    },
  });
  visit(document, { Node: (_, node) => void (isAlias(node) || delete (node as { anchor?: string }).anchor) });
  return document;
}

/** Adds the keys of an object, or of a list of objects, that a map does not have. */
function mergeInto(map: YAMLMap, value: unknown): void {
  const sources = isSeq(value) ? value.items : [value];
  for (const source of sources.filter((one) => isMap(one)))
    for (const pair of source.items) if (isPair(pair) && (isMerge(pair) || !map.has(pair.key))) map.items.push(pair.clone());
}

const isMerge = ({ key }: Pair) => isScalar(key) && key.value === "<<" && key.type === Scalar.PLAIN;
