/** Every command of the documents is run by a test, or says why it is not: a mark of one of the two kinds stands right before each block of commands. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { ROOT } from "../support/stack-files";

/** Why blocks are not run, and how many of them: a further one has to be wanted. */
const NOT_RUN: Readonly<Record<string, number>> = {
  "helm-controller and the flux command are not in the lab": 4,
  "an edit of a service of your own": 1,
  "cannot be brought about at will": 2,
  "on a router of your own": 9,
  "the lab has no IPVS": 2,
  "the tests raise their labs without it": 2,
  "was run by hand": 4,
  "what make test runs is not run by a test": 1,
  "with a server of your own": 3,
};

/** Tests that take the commands out of the page and run them. */
const OUT_OF_THE_PAGE = ["tests/lifecycle/state.test.ts", "tests/e2e/config-set.test.ts", "tests/e2e/recover.test.ts"];

/** What goes by another name in a test. */
const NAMES: Readonly<Record<string, string>> = { "lab-down": "removeLab" };

const SHELL = /^(bash|sh|shell|console)$/;
const PROGRAMS =
  /^(\$EDITOR|[A-Z][A-Z0-9_]*=\S|(apt-get|bin\/homelab|cat|cd|cp|curl|export|flux|git|helm|homelab|ip|kubectl|make|npm|npx|nvram|pulumi|rm|ssh|ssh-keygen|ssh-keyscan|sudo)\s)/;

interface Block {
  readonly page: string;
  readonly line: number;
  readonly commands: readonly string[];
  /** The comment right before it, without its brackets. */
  readonly mark: string;
}

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true }).map((name) => `docs/${String(name)}`),
];

/** The blocks of a page: between fences, or further to the right than the text. */
function blocksOf(page: string): Block[] {
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

/** What a test that runs the command has to name: program and verb, and of our own and the engine's what they are told to do otherwise. */
function wordsOf(command: string): string[] {
  const [program = "", ...rest] = command
    .replace(/(^|\s)#.*/, "")
    .replace(/^([A-Z][A-Z0-9_]*=\S*\s+)+/, "")
    .replace(/ARGS='([^']*)'/, "$1")
    .replace(/'[^']*'/g, "QUOTED")
    .split(/[\s=]+/);
  const verbs = rest.filter((word) => /^[a-z][a-z-]*$/.test(word));
  const options = rest.filter((word) => /^--\w/.test(word) && !["--stack", "--yes", "--non-interactive"].includes(word));
  const verb = verbs.slice(0, ["config", "stack", "state"].includes(verbs[0] ?? "") ? 2 : 1);
  if (["make", "bin/homelab", "pulumi"].includes(program)) return [...verb, ...options].map((word) => NAMES[word] ?? word);
  return program === "$EDITOR" ? [] : [program, ...(["kubectl", "helm", "ip"].includes(program) ? verb : [])];
}

/** A test's text, with that of the helpers that it uses. */
function textOf(test: string): string {
  const text = readFileSync(join(ROOT, test), "utf8");
  const helpers = [...text.matchAll(/from "\.\.\/support\/([\w-]+)"/g)].map(([, name]) => join(ROOT, "tests", "support", `${name}.ts`));
  return [text, ...helpers.map((file) => readFileSync(file, "utf8"))].join("\n");
}

const named = (text: string, word: string) => new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}(?![\\w-])`).test(text);

describe("the documents' commands", () => {
  const blocks = pages.filter((page) => page.endsWith(".md")).flatMap(blocksOf);
  const shell = blocks.filter(({ commands }) => commands.length > 0);
  const reasons = blocks.flatMap(({ mark }) => /^no-run: (.*)$/.exec(mark)?.[1] ?? []);

  it("are found", () => assert.ok(shell.length > 55, `${shell.length} blocks`));

  for (const { page, line, commands, mark } of shell) {
    it(`${page}:${line}: ${commands[0]}`, () => {
      const [, kind, value = ""] = /^(run|no-run): (.*)$/.exec(mark) ?? [];
      assert.ok(kind, `write <!-- run: tests/... --> before it, or <!-- no-run: why --> and count that in ${basename(__filename)}`);
      if (kind === "no-run") return;
      const tests = value.split(", ");
      assert.deepEqual(
        tests.filter((test) => !existsSync(join(ROOT, test))),
        [],
        "there is no such test",
      );
      const text = tests.map(textOf).join("\n");
      if (tests.some((test) => OUT_OF_THE_PAGE.includes(test)) && text.includes(`"${basename(page)}"`)) return;
      const missing = commands.flatMap(wordsOf).filter((word) => !named(text, word));
      assert.deepEqual(missing, [], `${value} does not name it`);
    });
  }

  it("that no test runs are as many as are wanted, for these reasons", () => {
    const counted: Record<string, number> = {};
    for (const reason of [...reasons].sort()) counted[reason] = (counted[reason] ?? 0) + 1;
    assert.deepEqual(counted, NOT_RUN);
  });

  it("have every mark before a block", () => {
    const marks = pages
      .filter((page) => page.endsWith(".md"))
      .flatMap((page) => readFileSync(join(ROOT, page), "utf8").match(/^ *<!-- (no-)?run: .* -->$/gm) ?? []);
    assert.equal(marks.length, blocks.filter(({ mark }) => /^(no-)?run: /.test(mark)).length);
  });
});
