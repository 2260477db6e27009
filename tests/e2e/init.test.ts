import assert from "node:assert/strict";
import * as fs from "node:fs";
import type execa from "execa";
import { Clone } from "../support/clone";

describe("make init, in the clone of a user with another network", () => {
  let clone: Clone;

  before(async () => {
    clone = await Clone.make();
  });
  after(() => clone?.remove());

  const init = (env: Readonly<Record<string, string>> = {}): execa.ExecaChildProcess => clone.run("make", ["-s", "init"], { env });

  it("creates state folder, passphrase file and stacks, and prints each", async () => {
    const { stdout, exitCode, stderr } = await init();
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^made +state folder \.pulumi-state$/m);
    assert.match(stdout, /^made +passphrase file \.pulumi-passphrase$/m);
    assert.match(stdout, /^made +stack lab-dev$/m);
    assert.match(stdout, /^made +stack lab-prod$/m);
    assert.equal(fs.statSync(clone.file(".pulumi-passphrase")).mode & 0o777, 0o600);
  });

  describe("after the first time", () => {
    before(() => init());

    it("overwrites nothing", async () => {
      const texts = (): string[] => [".pulumi-passphrase", "Pulumi.lab-dev.yaml", "Pulumi.lab-prod.yaml"].map((name) => clone.read(name));
      const before_ = texts();
      const { stdout } = await init();
      assert.doesNotMatch(stdout, /^made/m);
      assert.match(stdout, /^found +stack lab-prod$/m);
      assert.deepEqual(texts(), before_);
    });

    it("leaves the plain pulumi command working, which then asks for the kubeconfig in one sentence", async () => {
      const env = { PULUMI_CONFIG_PASSPHRASE_FILE: ".pulumi-passphrase" };
      const { stdout, exitCode } = await clone.run("pulumi", ["preview", "--stack", "lab-dev", "--non-interactive"], { env });
      assert.notEqual(exitCode, 0);
      assert.match(stdout, /cluster\.kubeconfig = "~\/\.kube\/config": no such file as .*; set it to the path of the cluster's kubeconfig/);
      assert.doesNotMatch(stdout, /at .*\.ts:\d+/);
    });
  });

  it("says what to install if the Pulumi CLI is missing", async () => {
    const { exitCode, stderr } = await init({ PATH: "/usr/bin:/bin" });
    assert.equal(exitCode, 2);
    assert.match(stderr, /The Pulumi CLI is not on PATH: install it/);
  });
});
