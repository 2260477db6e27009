/** What a router printed, by the headings `@name` that the query echoed before each part. */
export type Sections = ReadonlyMap<string, string>;

/** Parses an answer into its sections, each without the last line's end. */
export function parseSections(answer: string): Sections {
  const parts = answer.split(/^@/m).slice(1);
  return new Map(
    parts.map((part) => {
      const [name = "", ...lines] = part.split("\n");
      return [name, lines.join("\n").replace(/\n$/, "")];
    }),
  );
}

/** The lines of a section that hold something, without what surrounds it. */
export function linesOf(sections: Sections, name: string): string[] {
  const lines = (sections.get(name) ?? "").split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "");
}
