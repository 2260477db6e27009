import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./stack-files";

const SHELL = /^(bash|sh|shell|console)$/;
const PROGRAMS =
  /^(\$EDITOR|[A-Z][A-Z0-9_]*=\S|(apt-get|bin\/homelab|cat|cd|cp|curl|export|flux|git|helm|homelab|ip|kubectl|make|npm|npx|nvram|pulumi|rm|ssh|ssh-keygen|ssh-keyscan|sudo)\s)/;

/** A code block of a page. */
export interface Block {
  readonly page: string;
  readonly line: number;
  /** One per line; empty if the block is not shell. */
  readonly commands: readonly string[];
  /** The comment right before the block, without its brackets. */
  readonly mark: string;
}

/** The paths of the documents for users and contributors. */
export const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Returns the blocks of a page: fenced, or indented. */
export function blocksOf(page: string): Block[] {
  const lines = readFileSync(join(ROOT, page), "utf8").split("\n");
  const found: Block[] = [];
  let before = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const fence = /^ *```(\w*)$/.exec(line);
    // In a list, marks and fences are indented too.
    const indented = /^ {4} *[^ <`]/.test(line) && (lines[at - 1] ?? "") === "";
    if (fence || indented) {
      const isOver = (text: string) => (fence ? /^ *```$/.test(text) : text !== "" && !/^ {4}/.test(text));
      const end = lines.findIndex((text, index) => index > at && isOver(text));
      const content = lines.slice(fence ? at + 1 : at, end === -1 ? lines.length : end).map((text) => text.trim());
      const isShell = SHELL.test(fence?.[1] ?? "") || PROGRAMS.test(content[0] ?? "");
      const commands = isShell ? content.join("\n").replace(/\\\n/g, " ").split("\n").filter(Boolean) : [];
      found.push({ page, line: at + 1, commands, mark: /^<!-- (.*) -->$/.exec(before)?.[1] ?? "" });
      at = end === -1 ? lines.length : fence ? end : end - 1;
      before = "";
    } else if (line !== "") before = line.trim();
  }
  return found;
}
