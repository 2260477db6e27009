/** Checks which code the workflows run with secrets, and what its reviewers see before. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hasSecret, hasSecrets, jobs, read } from "../support/workflows";

describe("the workflows, about secrets,", () => {
  describe("jobs with secrets", () => {
    const withSecrets = jobs.filter(({ job }) => hasSecrets(job));
    const isBranch = (name: string) => "pull_request" in read(name).on;

    it("exist", () => assert.ok(withSecrets.length >= 6, `${withSecrets.length}`));

    for (const { id, name, job } of withSecrets) {
      const index = job.steps.findIndex(({ run = "" }) => run.startsWith("bin/homelab ci-environment "));
      const options = job.steps[index]?.run?.replace(`bin/homelab ci-environment ${job.environment} `, "");

      it(`${id}: checks that the environment is protected, before the first secret`, () => {
        assert.ok(index >= 0 && index < job.steps.findIndex(hasSecret));
        assert.equal(job.permissions?.["actions"], "read");
      });

      it(`${id}: runs code that reviewers read or that is on main`, () => {
        // A branch brings its own workflows, so only the environment's reviewers stand between its code and the secrets.
        if (isBranch(name)) assert.deepEqual([job.environment, options], ["preview", "--reviewers"]);
        else {
          assert.notEqual(job.environment, "preview");
          assert.match(options ?? "", /^(--reviewers )?--branch main$/);
          assert.equal(job.if, "github.ref == 'refs/heads/main'");
        }
      });

      it(`${id}: keeps kubeconfig and router key out of the home of the runner's user`, () => {
        const keys = job.steps.filter(({ env = {} }) => /secrets\.(KUBECONFIG|ROUTER_KEY)/.test(Object.values(env).join()));
        assert.deepEqual(
          keys.map(({ name: step }) => step),
          ["Credentials"],
        );
        for (const { env = {} } of job.steps.filter(({ env = {} }) => "PULUMI_CONFIG_PASSPHRASE" in env))
          assert.equal(env["HOME"], "${{ runner.temp }}/home");
      });
    }

    it("write the credentials in the same way: readable by the user alone, below the job's temporary folder", () => {
      const scripts = new Set(withSecrets.map(({ job }) => job.steps.find(({ name }) => name === "Credentials")?.run));
      assert.equal(scripts.size, 1);
      const folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
      try {
        const env = {
          PATH: process.env["PATH"],
          HOME: join(folder, "me"),
          RUNNER_TEMP: folder,
          KUBECONFIG_CONTENT: "a: 1",
          ROUTER_KEY: "key",
        };
        execFileSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", [...scripts][0] ?? ""], { env, stdio: "pipe" });
        for (const [file, text] of [
          [".kube/config", "a: 1\n"],
          [".ssh/id_ed25519", "key\n"],
        ] as const) {
          const path = join(folder, "home", file);
          assert.deepEqual([readFileSync(path, "utf8"), statSync(path).mode & 0o777], [text, 0o600]);
        }
        assert.equal(realpathSync(join(folder, "home", ".pulumi")), join(realpathSync(folder), "me", ".pulumi"));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  it("give drift an environment of its own, which is limited to main and has no reviewers at night", () => {
    const { drift } = read("drift.yml").jobs;
    assert.equal(drift?.environment, "drift");
    assert.ok(drift?.steps.some(({ run }) => run === "bin/homelab ci-environment drift --branch main"));
  });

  it("deploy the stacks one after the other in up.yml, each after a preview of the same commit that its reviewers see", () => {
    const chain = Object.entries(read("up.yml").jobs);
    assert.ok(chain.length > 0 && chain.length % 2 === 0);
    let before: string | undefined;
    for (let index = 0; index < chain.length; index += 2) {
      const [[previewId = "", preview] = [], [stack = "", deploy] = []] = chain.slice(index, index + 2);
      assert.ok(preview !== undefined && deploy !== undefined);
      assert.deepEqual([previewId, preview.needs, deploy.needs], [`preview-${stack}`, before, previewId]);
      assert.deepEqual([preview.environment, deploy.environment], ["drift", stack]);
      assert.match(preview.steps.at(-1)?.run ?? "", new RegExp(`^ *bin/homelab ci-preview ${stack} --commit "\\$GITHUB_SHA"`, "m"));
      assert.ok(deploy.steps.some(({ run }) => run === `bin/homelab ci-environment ${stack} --reviewers --branch main`));
      const last = deploy.steps.slice(-2).map(({ run }) => run);
      assert.deepEqual(last, [`pulumi up --stack ${stack} --yes --non-interactive`, `bin/homelab verify ${stack}`]);
      before = stack;
    }
  });

  it("skip no preview", () => {
    for (const { id, job } of jobs) for (const { run = "" } of job.steps) assert.doesNotMatch(run, /--skip-preview|(^|\s)-f(\s|$)/m, id);
  });

  describe("the preview before up", () => {
    const script = read("up.yml").jobs["preview-lab-dev"]?.steps.at(-1)?.run ?? "";
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
      mkdirSync(join(folder, "bin"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const run = (status: number) => {
      writeFileSync(join(folder, "bin", "homelab"), `#!/bin/sh\necho "$@"\nexit ${status}\n`, { mode: 0o755 });
      const env = { PATH: process.env["PATH"], RUNNER_TEMP: folder, GITHUB_STEP_SUMMARY: join(folder, "summary"), GITHUB_SHA: "0123abc" };
      const result = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], { cwd: folder, env, encoding: "utf8" });
      return [result.status, readFileSync(join(folder, "summary"), "utf8")];
    };

    it("is on the page of the run, and names the commit", () => assert.deepEqual(run(0), [0, "ci-preview lab-dev --commit 0123abc\n"]));

    it("stops up if it fails, and is on the page too", () => assert.deepEqual(run(255), [255, "ci-preview lab-dev --commit 0123abc\n"]));
  });
});
