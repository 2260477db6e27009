/** The output of a router, by the headings `@name` that the query prints before each part. */
export type Sections = ReadonlyMap<string, string>;

/** Parses an output into its sections, each without its final line break. */
export function parseSections(answer: string): Sections {
  const parts = answer.split(/^@/m).slice(1);
  return new Map(
    parts.map((part) => {
      const [name = "", ...lines] = part.split("\n");
      return [name, lines.join("\n").replace(/\n$/, "")];
    }),
  );
}

/** Returns the lines of a section that are not empty, trimmed. */
export function linesOf(sections: Sections, name: string): string[] {
  const lines = (sections.get(name) ?? "").split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "");
}
