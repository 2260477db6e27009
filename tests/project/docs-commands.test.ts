/**
 * Each block of commands in the documents has a mark before it: the tests that run it, or why none does. This checks that every block has a mark, that
 * the tests exist and name what the commands call, and the number of blocks that are not run. Tests in OUT_OF_THE_PAGE run the commands of a page
 * word for word. tests/cli/documented-commands.test.ts checks that our own command line has them.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { blocksOf, pages } from "../support/documents";
import { ROOT } from "../support/stack-files";

/** Why blocks are not run, and how many of them. The fixed number makes each new one a decision. */
const NOT_RUN: Readonly<Record<string, number>> = {
  "helm-controller and the flux command are not in the lab": 2,
  "an edit of a service of your own": 2,
  "cannot be brought about at will": 2,
  "on a router of your own": 8,
  "the lab has no IPVS": 1,
  "tests start their labs without make": 2,
  "was run by hand": 3,
  "make test runs these": 1,
  "with a server of your own": 3,
  "needs the databases of npm and Go": 1,
};

/** Tests that read the commands from the page and run them. */
const OUT_OF_THE_PAGE = ["tests/lifecycle/state.test.ts", "tests/e2e/config-set.test.ts", "tests/e2e/recover.test.ts"];

/** Names that differ in a test. */
const NAMES: Readonly<Record<string, string>> = { "lab-down": "removeLab" };

/** Returns the words that a marked test has to contain: program and verb, and for our own commands and the engine's also the options. */
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

/** Returns a test's text with that of the helpers that it uses. */
function textOf(test: string): string {
  const text = readFileSync(join(ROOT, test), "utf8");
  const helpers = [...text.matchAll(/from "\.\.\/support\/([\w-]+)"/g)].map(([, name]) => join(ROOT, "tests", "support", `${name}.ts`));
  return [text, ...helpers.map((file) => readFileSync(file, "utf8"))].join("\n");
}

const named = (text: string, word: string) => new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}(?![\\w-])`).test(text);

describe("the marks of commands in the documents", () => {
  const blocks = pages.flatMap(blocksOf);
  const shell = blocks.filter(({ commands }) => commands.length > 0);
  const reasons = blocks.flatMap(({ mark }) => /^no-run: (.*)$/.exec(mark)?.[1] ?? []);

  it("are checked for every block", () => assert.ok(shell.length > 55, `${shell.length} blocks`));

  for (const { page, line, commands, mark } of shell) {
    it(`${page}:${line}: name tests that contain the command, or a reason for none: ${commands[0]}`, () => {
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

  it("give only these reasons, each this many times", () => {
    const counted: Record<string, number> = {};
    for (const reason of [...reasons].sort()) counted[reason] = (counted[reason] ?? 0) + 1;
    assert.deepEqual(counted, NOT_RUN);
  });

  it("are each before a block", () => {
    const marks = pages.flatMap((page) => readFileSync(join(ROOT, page), "utf8").match(/^ *<!-- (no-)?run: .* -->$/gm) ?? []);
    assert.equal(marks.length, blocks.filter(({ mark }) => /^(no-)?run: /.test(mark)).length);
  });
});
