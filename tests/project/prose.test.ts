import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import execa from "execa";

import { ROOT } from "../support/stack-files";

describe("the prose check", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "prose-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Returns what the check finds in files with these lines: file, line number, word and suggestions. */
  const findings = async (config: string, files: Record<string, readonly string[]>): Promise<string[]> => {
    for (const [name, lines] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), lines.join("\n"));
    const template = ["--no-color", "--no-progress", "--no-summary", "--issue-template", "$filename:$row $text $quickFix"];
    const args = ["--config", path.join(ROOT, config), "--root", folder, ...template, ...Object.keys(files)];
    const { stdout, exitCode } = await execa(path.join(ROOT, "node_modules", ".bin", "cspell"), args, { cwd: folder, reject: false });
    assert.equal(exitCode, 1);
    return stdout.split("\n").map((line) => line.trim());
  };

  it("finds each term to avoid in a document, and says what to write", async () => {
    const bad = [
      ["The message has a cure.", "cure", "fix"],
      ["This hurdle is known.", "hurdle", "reason, blocker"],
      ["It removes a leftover webhook.", "leftover", "orphaned, stale"],
      ["MetalLB has a rival.", "rival", "conflicting controller"],
      ["A stranger has the route.", "stranger", "unmanaged"],
      ["The owner is whoever made it.", "whoever", "the name of the person or program"],
      ["It is somebody else's route.", "somebody", "unmanaged, managed by another tool"],
      ["The route is nobody's.", "nobody", "unmanaged"],
      ["This set-up works.", "set", "setup"],
      ["A log-in failed.", "log", "login"],
      ["It asked in vain.", "vain", "without an answer"],
      ["Two hosts are at odds.", "odds", "conflict"],
      ["Here it is said.", "said", "prints"],
      ["The image can be had.", "had", "available"],
      ["The run was cut off.", "cut", "interrupted"],
      ["Pools may be carried off.", "carried", "deleted"],
      ["This takes routes away.", "away", "remove"],
      ["It holds plan and state against the router.", "holds", "compares with"],
    ] as const;
    const found = bad.map(([, word, write], index) => `page.md:${index + 1} ${word} fix: (${write})`);
    assert.deepEqual(await findings("terms.yaml", { "page.md": bad.map(([text]) => text) }), found);
  });

  it("finds a term in a comment, in a message and across lines, and none in code and links", async () => {
    const files = {
      "message.ts": ["// A comment has a cure.", 'throw new Error(`${router} asked for "x" in vain`);'],
      "page.md": ["It is to", "be had. See [orphans](leftovers.md), `cure`. Set up the login, and hold Ctrl."],
    };
    assert.deepEqual(await findings("terms.yaml", files), [
      "message.ts:1 cure fix: (fix)",
      "message.ts:2 vain fix: (without an answer)",
      "page.md:2 had fix: (available)",
    ]);
  });

  it("finds a misspelt word in a document, a comment and a message, and none in the project's words and in commands", async () => {
    const files = {
      "code.ts": ["// Waits untill nvram is written.", "throw new Error(`the roter ${host} does not anwser`);"],
      "page.md": ["Pulumi deploys MetalLB with `kubectl aply`.", "An adress of the homelab."],
    };
    const words = (await findings("cspell.yaml", files)).map((line) => line.split(" ").slice(0, 2).join(" "));
    assert.deepEqual(words, ["code.ts:1 untill", "code.ts:2 roter", "code.ts:2 anwser", "page.md:2 adress"]);
  });
});
