import * as fs from "node:fs";

/** Returns the commands of a page that a test runs: the shell blocks below a heading, each after a mark (`<!-- run: the test -->`). */
export function commandsBelow(page: string, heading: string): string {
  const [, section = ""] = fs.readFileSync(page, "utf8").split(`\n## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  const blocks = [...text.matchAll(/^<!-- run: [^>]* -->\n\n```bash\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
  if (blocks.length === 0) throw new Error(`${page} has nothing to run below "${heading}"`);
  return blocks.join("\n");
}
