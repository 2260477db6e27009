import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type execa from "execa";

import { repository } from "../../config/project";
import { Clone } from "../support/clone";
import { commandsBelow } from "../support/commands";
import { HOUSEHOLD } from "../support/stack-files";

const page = path.join(repository, "docs", "how-to", "state-troubleshooting.md");

describe("a lost passphrase, handled as docs/how-to/state-troubleshooting.md describes, with the real CLI", () => {
  const stack = "lab-dev";
  const env = { PULUMI_CONFIG_PASSPHRASE_FILE: ".pulumi-passphrase" };
  const password = "correct horse";
  let clone: Clone;

  const run = (script: string, input?: string): execa.ExecaChildProcess => clone.run("sh", ["-ec", script], { env, input });
  const succeeds = async (script: string, input?: string): Promise<string> => {
    const { exitCode, all, stdout } = await run(script, input);
    assert.equal(exitCode, 0, all);
    return stdout;
  };
  const secret = `pulumi config get --stack ${stack} --path router.password`;

  before(async () => {
    clone = await Clone.make();
    await succeeds("make -s init");
    await succeeds(`pulumi config set --stack ${stack} --path router.password --secret`, "the old one");
    await succeeds("echo another > .pulumi-passphrase");
  });
  after(() => clone?.remove());

  it("leaves encrypted values unreadable", async () => {
    const { exitCode, all } = await run(secret);
    assert.notEqual(exitCode, 0);
    assert.match(all ?? "", /incorrect passphrase/);
  });

  describe("and its replacement", () => {
    let printed: string;
    before(async () => (printed = await succeeds(commandsBelow(page, "The passphrase is lost"), password)));

    it("come with a new state, in which the secrets are set again", async () => {
      assert.match(printed, /^made +passphrase file \.pulumi-passphrase$/m);
      assert.match(printed, /^made +stack lab-dev$/m);
      assert.equal((await succeeds(secret)).trim(), password);
      assert.ok(fs.existsSync(clone.file("lost-state/.pulumi")), "the old state is not kept");
    });

    it("change nothing else in the stack files", () => {
      for (const name of ["lab-dev", "lab-prod"]) {
        const without = (text: string): string => text.replace(/^encryptionsalt: .*\n|^ *password:\n *secure: .*\n/gm, "");
        const text = fs.readFileSync(path.join(HOUSEHOLD, `Pulumi.${name}.yaml`), "utf8");
        assert.equal(without(clone.read(`Pulumi.${name}.yaml`)), text);
      }
    });
  });
});
