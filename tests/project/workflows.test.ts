/** Checks the permissions and scripts of the workflows. tests/lab/tools/workflows.test.ts checks them with actionlint and zizmor. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { program } from "../../cli/main";
import { ROOT } from "../support/stack-files";
import { hasSecret, hasSecrets, isSelfHosted, jobs, names, read, stacks } from "../support/workflows";

describe("the workflows", () => {
  for (const name of names) {
    const { on, permissions, concurrency } = read(name);

    it(`${name} grants only permissions that a job requests, and never runs twice at the same time`, () => {
      assert.deepEqual(permissions, {});
      assert.ok(concurrency.group);
      // A run that changes something is never cancelled.
      assert.equal(concurrency["cancel-in-progress"], !["up.yml", "drift.yml"].includes(name));
    });

    it(`${name} has no trigger that gives outsiders the rights of main`, () => {
      const events = ["pull_request_target", "issue_comment", "issues", ...(name === "diff-comment.yml" ? [] : ["workflow_run"])];
      for (const event of events) assert.ok(!(event in on), event);
    });
  }

  for (const { id, name, job } of jobs) {
    it(`${id}: reads the code, and has only the write permissions that it needs`, () => {
      const writes = Object.entries(job.permissions ?? {}).flatMap(([what, right]) => (right === "write" ? [what] : []));
      const inLan = { "pull-request.yml": ["pull-requests"], "drift.yml": ["issues"] }[name] ?? [];
      const hosted = { "codeql.yml": ["security-events"], "diff-comment.yml": ["pull-requests"] }[name] ?? [];
      assert.deepEqual(writes, isSelfHosted({ job }) ? inLan : hosted);
      assert.equal(job.permissions?.["contents"], "read");
      assert.ok((job["timeout-minutes"] ?? Infinity) <= 60);
    });

    it(`${id}: runs this repository's code, and actions of GitHub only where there are no secrets`, () => {
      for (const { uses, run = "" } of job.steps) {
        if (uses !== undefined) {
          assert.match(uses, /^(actions|github)\/[\w./-]+@[0-9a-f]{40}$/, "a tag can move");
          assert.ok(!isSelfHosted({ job }) && !hasSecrets(job));
        }
        assert.doesNotMatch(run, /\$\{\{/, "an expression in a script runs its value as code");
      }
    });

    it(`${id}: passes secrets only to steps that need them, in an environment, inside the LAN`, () => {
      const secret = job.steps.filter(hasSecret);
      if (secret.length > 0) assert.ok(job.environment !== undefined && isSelfHosted({ job }));
      if (isSelfHosted({ job })) assert.ok(secret.length > 0, "a job inside the LAN without an environment has no reviewers");
      assert.equal(secret.filter(({ name: step }) => /check out|install/i.test(step)).length, 0);
      assert.doesNotMatch(JSON.stringify({ ...job, steps: [] }), /secrets\.|github\.token/);
    });
  }

  it("call only commands of homelab and scripts of package.json that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const called = (pattern: RegExp) =>
      jobs.flatMap(({ job }) => job.steps.flatMap(({ run = "" }) => [...run.matchAll(pattern)].map(([, name = ""]) => name)));
    const commands = called(/bin\/homelab ([a-z-]+)/g);
    const own = called(/\bnpm (?:run )?(?!ci\b|sbom\b)([a-z]+)/g);
    assert.ok(commands.includes("ci-preview") && own.includes("test"));
    assert.deepEqual(
      [...commands.filter((name) => !program.commands.some((one) => one.name() === name)), ...own.filter((name) => !(name in scripts))],
      [],
    );
  });

  it("run the unit tests on the oldest Node.js that package.json accepts and on newer releases, before a preview", () => {
    const { "unit-tests": unitTests, preview } = read("pull-request.yml").jobs;
    const versions = unitTests?.strategy?.matrix["node"] as number[];
    const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { engines: { node: string } };
    assert.equal(versions[0], Number(/^>=(\d+)\./.exec(engines.node)?.[1]));
    assert.deepEqual(versions, [20, 22, 24, 26]);
    assert.ok(unitTests?.steps.some(({ run }) => run === "npm test"));
    assert.deepEqual(preview?.needs, ["checks", "unit-tests"]);
  });

  it("run no job inside the LAN for a fork or a bot", () => {
    const { preview } = read("pull-request.yml").jobs;
    assert.equal(
      preview?.if,
      "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.type != 'Bot'",
    );
    assert.deepEqual(preview?.["runs-on"], ["self-hosted", "homelab-lan"]);
  });

  describe("the check that up has a job for each stack file", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
      cpSync(join(ROOT, ".github"), join(folder, ".github"), { recursive: true });
      writeFileSync(join(folder, "Pulumi.yaml"), "");
      for (const stack of stacks) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), "");
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const check = () => {
      const { run = "" } = read("pull-request.yml").jobs["checks"]?.steps.find(({ name }) => name.includes("up.yml")) ?? {};
      const { status, stdout } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
        cwd: folder,
        encoding: "utf8",
      });
      return [status, stdout];
    };

    it("passes if every stack file has a job", () => assert.deepEqual(check(), [0, ""]));

    it("fails if a stack file has no job, and lists jobs and stack files", () => {
      writeFileSync(join(folder, "Pulumi.attic.yaml"), "");
      assert.deepEqual(check(), [
        1,
        `::error::up.yml has jobs for ${stacks.join(" ")}, but the stack files are for ${["attic", ...stacks].sort().join(" ")}\n`,
      ]);
    });

    it("fails if a job has no stack file", () => {
      rmSync(join(folder, `Pulumi.${stacks[0]}.yaml`));
      assert.deepEqual(check(), [
        1,
        `::error::up.yml has jobs for ${stacks.join(" ")}, but the stack files are for ${stacks.slice(1).join(" ")}\n`,
      ]);
    });
  });

  const checkOuts = jobs.map(({ job }) => job.steps[0]?.run ?? "");

  it("check out the code in the same way", () => assert.equal(new Set(checkOuts).size, 1));

  describe("the checkout", () => {
    let folder: string;
    let commit: string;
    const git = (...args: string[]) => execFileSync("git", args, { cwd: join(folder, "me", "network.git"), encoding: "utf8" }).trim();
    const inWork = (...name: string[]) => join(folder, "work", ...name);
    const checkOut = (sha = commit) => {
      const env = { PATH: process.env["PATH"], HOME: folder, TOKEN: "a-token", GITHUB_SHA: sha };
      const server = { GITHUB_SERVER_URL: `file://${folder}`, GITHUB_REPOSITORY: "me/network", GIT_TRACE: "1" };
      const bash = ["--noprofile", "--norc", "-eo", "pipefail", "-c", checkOuts[0] ?? ""];
      return execFileSync("bash", bash, { cwd: inWork(), env: { ...env, ...server }, encoding: "utf8", stdio: "pipe" });
    };

    before(() => {
      folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
      mkdirSync(join(folder, "me", "network.git"), { recursive: true });
      mkdirSync(inWork());
      git("init", "--quiet");
      writeFileSync(join(folder, "me", "network.git", "file"), "of the commit");
      git("add", "file");
      git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "One");
      git("config", "uploadpack.allowAnySHA1InWant", "true");
      commit = git("rev-parse", "HEAD");
    });
    after(() => rmSync(folder, { recursive: true }));

    it("gets the commit, and stores the token in no file", () => {
      checkOut();
      assert.equal(readFileSync(inWork("file"), "utf8"), "of the commit");
      const files = readdirSync(inWork(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const token = /a-token|YS10b2tlbg|eC1hY2Nlc3M/;
      for (const { parentPath, name } of files) assert.doesNotMatch(readFileSync(join(parentPath, name), "latin1"), token, name);
    });

    it("starts from an empty folder except for the router's backups, whatever an earlier run left", () => {
      const hook = inWork(".git", "hooks", "post-checkout");
      writeFileSync(hook, `#!/bin/sh\ntouch ${inWork("hooked")}\n`);
      chmodSync(hook, 0o755);
      writeFileSync(inWork("left"), "");
      mkdirSync(inWork(".router-backup"));
      writeFileSync(inWork(".router-backup", "list"), "");
      checkOut();
      assert.deepEqual(
        ["hooked", "left"].filter((name) => existsSync(inWork(name))),
        [],
      );
      assert.ok(existsSync(inWork(".router-backup", "list")));
    });

    it("fails if the commit does not exist", () => assert.throws(() => checkOut("0".repeat(40))));
  });
});
