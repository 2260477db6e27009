import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./stack-files";

const SHELL = /^(bash|sh|shell|console)$/;
const PROGRAMS =
  /^(\$EDITOR|[A-Z][A-Z0-9_]*=\S|(apt-get|bin\/homelab|cat|cd|cp|curl|export|flux|git|helm|homelab|ip|kubectl|make|npm|npx|nvram|pulumi|rm|ssh|ssh-keygen|ssh-keyscan|sudo)\s)/;

/** A block of a page that is no prose. */
export interface Block {
  readonly page: string;
  readonly line: number;
  /** One per line; none where it is no shell. */
  readonly commands: readonly string[];
  /** The comment right before it, without its brackets. */
  readonly mark: string;
}

/** The documents for users and contributors, by their paths. */
export const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The blocks of a page: between fences, or further to the right than the text. */
export function blocksOf(page: string): Block[] {
  const lines = readFileSync(join(ROOT, page), "utf8").split("\n");
  const found: Block[] = [];
  let before = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const fence = /^ *```(\w*)$/.exec(line);
    // In a list, a mark and a fence are as far to the right.
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
