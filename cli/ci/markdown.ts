/** Text of others inside of Markdown: it is shown as it is, and cannot become anything else. */

/** A block of text, in a fence that is longer than any in it. */
export function block(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text.trimEnd()}\n${fence}`;
}

/** Text within a line, and within a table's cell. */
export function code(text: string): string {
  const oneLine = text.replaceAll(/\s+/g, " ").trim();
  const longest = Math.max(0, ...[...oneLine.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = oneLine.startsWith("`") || oneLine.endsWith("`") ? " " : "";
  return `${fence}${space}${oneLine}${space}${fence}`.replaceAll("|", "\\|");
}

/** A table with a heading. */
export function table(heading: readonly string[], lines: ReadonlyArray<readonly string[]>): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [row(heading), row(heading.map(() => "---")), ...lines.map(row)].join("\n");
}

/** A comment's first line, by which the next run finds the comment again. */
export const marker = (what: string): string => `<!-- homelab-network: ${what} -->`;
