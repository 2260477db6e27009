import assert from "node:assert/strict";
import type execa from "execa";

import { onOperator } from "../../lab/operator";
import type { Lab } from "../../lab/lab";
import { RoutedStack } from "../support/routed-stack";
import { leaks, secretsOf } from "../support/secrets";
import { deploy, sharedLab } from "../support/shared-lab";

const stack = "lab-dev";

describe("homelab ci-preview", () => {
  let lab: Lab;
  let on: RoutedStack;
  before(async () => {
    lab = await sharedLab(__filename);
    on = new RoutedStack(lab, stack);
  });
  afterEach(() => on.edited.reset());

  /** Runs the command as the workflow does, with its exit status. Asserts that no output contains a secret. */
  const preview = async (of = stack, env: Readonly<Record<string, string>> = {}): Promise<execa.ExecaReturnValue> => {
    const run = await onOperator(lab, ["ci-preview", of, "--commit", "0123abc"], { reject: false, env });
    assert.deepEqual(leaks(`${run.stdout}${run.stderr}`, secretsOf(lab)), []);
    assert.equal(run.stdout.split("\n")[0], `<!-- homelab-network: preview of ${of} -->`, run.stderr);
    return run;
  };

  it("fails with the message about a rejected stack file", async () => {
    on.edited.write({ "pools.0.addresses": ["10.5.0.0/33"] });
    const { stdout, exitCode } = await preview();
    assert.equal(exitCode, 1);
    assert.ok(
      stdout.includes(
        `The stack files have a problem:\n  ${on.at("10.5.0.0/33")}pools[0].addresses[0] = "10.5.0.0/33": the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24\n`,
      ),
      stdout,
    );
  });

  it("fails for a stack that is not in the state, and for a wrong passphrase", async () => {
    const unknown = await preview("lab-nope");
    assert.equal(unknown.exitCode, 6);
    assert.match(unknown.stdout, /^error: no stack named 'lab-nope' found$/m);
    const env = { PULUMI_CONFIG_PASSPHRASE_FILE: "", PULUMI_CONFIG_PASSPHRASE: "not that one" };
    const locked = await preview(stack, env);
    assert.equal(locked.exitCode, 1);
    assert.match(locked.stdout, /incorrect passphrase/);
    assert.doesNotMatch(locked.stdout, /not that one/);
  });

  it("lists what the first up would create", async () => {
    const { stdout, exitCode } = await preview();
    assert.equal(exitCode, 0);
    assert.match(stdout, /^### `lab-dev`: \d+ to create$/m);
    assert.match(stdout, /^\| create \| `IPAddressPool lab-dev` \| {2}\|$/m);
    assert.match(stdout, /^`pulumi preview` of commit `0123abc` ended with 0\. It changes nothing\.$/m);
  });

  describe("for a deployed stack", () => {
    before(() => deploy(lab, stack));

    it("reports no changes after up", async () => {
      const { stdout, exitCode } = await preview();
      assert.equal(exitCode, 0);
      assert.match(stdout, /^### `lab-dev`: nothing to change, \d+ unchanged$/m);
      assert.doesNotMatch(stdout, /\| what \||Warnings/);
    });

    it("shows the old and new values of an edit, and changes nothing", async () => {
      const before = await on.state();
      on.edited.write({ "pools.0.addresses": ["10.5.0.0/25"] });
      const { stdout, exitCode } = await preview();
      assert.equal(exitCode, 0);
      assert.match(stdout, /^### `lab-dev`: 2 to update, \d+ unchanged$/m);
      assert.match(
        stdout,
        /^\| update \| `IPAddressPool lab-dev` \| `spec\.addresses\[0\]`: `"10\.5\.0\.0\/24"` → `"10\.5\.0\.0\/25"` \|$/m,
      );
      assert.match(stdout, /^\| update \| `Command route` \| `stdin` \|$/m);
      assert.deepEqual(await on.state(), before);
    });

    it("succeeds without the router, and reports what it could not compare", () =>
      on.offTheNetwork(async () => {
        const { stdout, exitCode } = await preview();
        assert.equal(exitCode, 0);
        assert.match(stdout, /^### `lab-dev`: nothing to change/m);
        assert.match(stdout, /^The routes were not compared with the router: 192\.168\.50\.1:22 does not answer \(silent for 5 s\)\.$/m);
      }));
  });
});
