import { isMap, isNode, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";

import type { YamlText } from "./yaml";

/** Steps into a YAML document, each with the names that a key may have. */
export type Steps = readonly (readonly (string | number)[])[];

/** Returns a function that follows steps into a document, and returns the line of the last step that the document has. */
export function lineFinder({ document, lines }: Pick<YamlText, "document" | "lines">): (steps: Steps) => number | undefined {
  const maps = new WeakMap<YAMLMap, Map<unknown, Pair>>();
  const pairIn = (map: YAMLMap, names: readonly unknown[]) => {
    const pairs = maps.get(map) ?? new Map(map.items.map((item) => [isScalar(item.key) ? item.key.value : undefined, item]));
    maps.set(map, pairs);
    return pairs.get(names.find((name) => pairs.has(name)));
  };
  return (steps) => {
    let node = document.contents as unknown;
    let offset: number | undefined;
    for (const names of steps) {
      const [index] = names;
      const pair = isMap(node) ? pairIn(node, names) : undefined;
      const next = pair?.value ?? (isSeq(node) && typeof index === "number" ? node.items[index] : undefined);
      const place = pair?.key ?? next;
      if (!isNode(place)) break;
      offset = place.range?.[0];
      node = next;
    }
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
}
