/** Checks the workflows that show what a pull request changes: which code they run with which rights, and their scripts. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { read } from "../support/workflows";

const diff = read("diff.yml").jobs["diff"];
const comment = read("diff-comment.yml").jobs["comment"];
const scriptOf = (job: typeof diff, name: string) => job?.steps.find((step) => step.name === name)?.run ?? "";

describe("the workflow of the diff", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs a script as a runner does, with a stand-in for homelab that prints its arguments. */
  const run = (script: string, { status = 0, env = {} }: { status?: number; env?: Record<string, string> } = {}) => {
    mkdirSync(join(folder, "bin"), { recursive: true });
    writeFileSync(join(folder, "bin", "homelab"), `#!/bin/sh\necho "$@"\nexit ${status}\n`, { mode: 0o755 });
    const runner = { PATH: process.env["PATH"], HOME: folder, RUNNER_TEMP: folder, GITHUB_STEP_SUMMARY: join(folder, "summary") };
    const bash = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
    return spawnSync("bash", bash, { cwd: folder, env: { ...runner, ...env }, encoding: "utf8" });
  };
  const content = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");

  it("runs the code of each pull request, of forks and bots too, on a hosted runner that can only read", () => {
    assert.ok(diff !== undefined && !("if" in diff) && !("environment" in diff));
    assert.deepEqual([diff["runs-on"], diff.permissions], ["ubuntu-24.04", { contents: "read" }]);
    assert.doesNotMatch(JSON.stringify(diff), /secrets\./);
  });

  it("comments with the code of main, which gets nothing of the pull request but its result", () => {
    assert.deepEqual(read("diff-comment.yml").on, { workflow_run: { workflows: ["diff"], types: ["completed"] } });
    // A run that is cancelled, or waits for the approval of a newcomer's code, has no result.
    const isDone = `contains(fromJSON('["success", "failure"]'), github.event.workflow_run.conclusion)`;
    assert.equal(comment?.if, `github.event.workflow_run.event == 'pull_request' && ${isDone}`);
    // The first step checks out GITHUB_SHA, which is the newest commit of main in this event.
    assert.deepEqual(
      comment.steps.map(({ name }) => name),
      ["Check out", "Install packages", "Download the result", "Comment"],
    );
    assert.doesNotMatch(JSON.stringify(comment), /secrets\.|pull_request\.head|refs\/pull|git fetch(?!.{0,120}GITHUB_SHA)/);
  });

  it("compares with the base, and keeps the result, with or without differences", () => {
    for (const status of [0, 2]) {
      assert.equal(run(scriptOf(diff, "Compare with the base"), { status }).status, 0);
      assert.equal(content("diff.json"), "diff --base HEAD^1 --json\n");
    }
    assert.equal(content("summary"), "diff --base HEAD^1 --markdown\n".repeat(2));
  });

  it("fails if the diff fails", () => {
    assert.equal(run(scriptOf(diff, "Compare with the base"), { status: 1 }).status, 1);
    assert.equal(content("summary"), "");
  });

  it("fetches the base of the pull request, which is the first parent of its commit", () => {
    const server = join(folder, "me", "network.git");
    const git = (cwd: string, ...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd, encoding: "utf8", stdio: "pipe" }).trim();
    mkdirSync(server, { recursive: true });
    git(server, "init", "--quiet", "--initial-branch", "main");
    git(server, "config", "uploadpack.allowAnySHA1InWant", "true");
    for (const text of ["before", "base"]) git(server, "commit", "--quiet", "--allow-empty", "-m", text);
    const base = git(server, "rev-parse", "HEAD");
    git(server, "checkout", "--quiet", "-b", "branch", "HEAD^1");
    git(server, "commit", "--quiet", "--allow-empty", "-m", "change");
    git(server, "checkout", "--quiet", "--detach", "main");
    git(server, "merge", "--quiet", "--no-ff", "-m", "merge", "branch");
    const env = {
      TOKEN: "a-token",
      GITHUB_SHA: git(server, "rev-parse", "HEAD"),
      GITHUB_SERVER_URL: `file://${folder}`,
      GITHUB_REPOSITORY: "me/network",
    };
    const work = join(folder, "work");
    mkdirSync(work);
    const script = `cd work\n${scriptOf(diff, "Check out")}\n${scriptOf(diff, "Fetch the base")}`;
    const { status, stderr } = run(script, { env });
    assert.equal(status, 0, stderr);
    assert.equal(git(work, "rev-parse", "HEAD^1"), base);
  });

  it("passes the commit and the branch on as data, and an empty result if there is none", () => {
    const env = { COMMIT: "0123abc", OWNER: "guest", BRANCH: "$(touch evil); more" };
    const { status, stdout } = run(scriptOf(comment, "Comment"), { env });
    assert.deepEqual([status, stdout], [0, `ci-diff ${folder}/diff/diff.json --commit 0123abc --head guest:$(touch evil); more\n`]);
    assert.ok(!existsSync(join(folder, "evil")));
    assert.equal(content("diff/diff.json"), "");
  });
});
