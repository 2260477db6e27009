type Path = readonly PropertyKey[];

/**
 * Formats `["pools", 0, "name"]` as `pools[0].name`, the form of `pulumi config set --path`. Keys with other characters are quoted in
 * brackets.
 */
export function pathText(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      const name = String(key);
      if (!/^[\w-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}

/** Returns the keys in a text that {@link pathText} formatted. */
export function pathKeys(text: string): (string | number)[] {
  return [...text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([\w-]+)/g)].map(([, index, quoted, name]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? (name ?? "") : (JSON.parse(quoted) as string);
  });
}

/** Returns the value at a path; undefined if there is none. Every object inherits keys such as `constructor`, which do not count. */
export function valueAt(input: unknown, path: Path): unknown {
  const inside = (value: unknown, key: PropertyKey) =>
    typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (Reflect.get(value, key) as unknown) : undefined;
  return path.reduce(inside, input);
}
