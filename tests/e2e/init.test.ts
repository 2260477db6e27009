import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { cacheFolder, repository } from "../../lab/folders";
import { Progress } from "../../lab/progress";
import { provideTools } from "../../lab/tools/toolbox";

describe("make init, in a clone of a user with a network of their own", () => {
  let clone: string;
  let pulumi: string;

  before(async () => {
    pulumi = (await provideTools(new Progress())).pulumi;
    clone = fs.mkdtempSync(path.join(cacheFolder, "test-clone-"));
    const skipped = new Set([".git", "node_modules", ".pulumi-state", ".pulumi-passphrase"]);
    fs.cpSync(repository, clone, {
      recursive: true,
      preserveTimestamps: true,
      filter: (file) => !skipped.has(path.relative(repository, file)),
    });
    fs.symlinkSync(path.join(repository, "node_modules"), path.join(clone, "node_modules"));
  });
  after(() => fs.rmSync(clone, { recursive: true, force: true }));

  const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): execa.ExecaChildProcess =>
    execa(program, [...args], {
      cwd: clone,
      reject: false,
      env: { PATH: `${pulumi}:${process.env["PATH"] ?? ""}`, HOME: clone, PULUMI_SKIP_UPDATE_CHECK: "true", ...env },
    });

  it("makes state folder, passphrase file and stacks, and says each", async () => {
    const { stdout, exitCode, stderr } = await run("make", ["-s", "init"]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^made +state folder \.pulumi-state$/m);
    assert.match(stdout, /^made +passphrase file \.pulumi-passphrase$/m);
    assert.match(stdout, /^made +stack lab-dev$/m);
    assert.match(stdout, /^made +stack lab-prod$/m);
    assert.equal(fs.statSync(path.join(clone, ".pulumi-passphrase")).mode & 0o777, 0o600);
  });

  it("overwrites nothing the second time", async () => {
    const files = [".pulumi-passphrase", "Pulumi.lab-dev.yaml", "Pulumi.lab-prod.yaml"].map((name) => path.join(clone, name));
    const before_ = files.map((file) => fs.readFileSync(file, "utf8"));
    const { stdout } = await run("make", ["-s", "init"]);
    assert.doesNotMatch(stdout, /^made/m);
    assert.match(stdout, /^found +stack lab-prod$/m);
    assert.deepEqual(
      files.map((file) => fs.readFileSync(file, "utf8")),
      before_,
    );
  });

  it("leaves the plain pulumi command working, which then asks for the kubeconfig in one sentence", async () => {
    const env = { PULUMI_CONFIG_PASSPHRASE_FILE: ".pulumi-passphrase", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
    const { stdout, exitCode } = await run("pulumi", ["preview", "--stack", "lab-dev", "--non-interactive"], env);
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /cluster\.kubeconfig = "~\/\.kube\/config": no such file as .*; set it to the path of the cluster's kubeconfig/);
    assert.doesNotMatch(stdout, /at .*\.ts:\d+/);
  });

  it("says what to install where the Pulumi CLI is missing", async () => {
    const { exitCode, stderr } = await run("make", ["-s", "init"], { PATH: "/usr/bin:/bin" });
    assert.equal(exitCode, 2);
    assert.match(stderr, /The Pulumi CLI is not on PATH: install it/);
  });
});
