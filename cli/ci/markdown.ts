/** Embeds text from other sources in Markdown without letting it act as markup, or as commands in the log of a workflow. */
import { onOneLine, printable, printableLines } from "../../config/printable";

/** Returns a fenced block. The fence is longer than any in the text. */
export function block(text: string, language: "text" | "diff" = "text"): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${printableLines(text.trimEnd())}\n${fence}`;
}

/** Returns text as code for a line or a table's cell. */
export function code(text: string): string {
  const oneLine = printable(text.replaceAll(/\s+/g, " ").trim());
  const longest = Math.max(0, ...[...oneLine.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = oneLine.startsWith("`") || oneLine.endsWith("`") ? " " : "";
  return `${fence}${space}${oneLine}${space}${fence}`.replaceAll("|", "\\|");
}

/** Returns a table with a heading. */
export function table(heading: readonly string[], lines: ReadonlyArray<readonly string[]>): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [row(heading), row(heading.map(() => "---")), ...lines.map(row)].join("\n");
}

/** Returns the first line of a comment, by which the next run finds the comment. */
export const marker = (what: string): string => `<!-- homelab-network: ${onOneLine(what)} -->`;
