import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { initialise } from "../../cli/init";
import { inHome } from "../support/home";
import { PulumiDouble } from "../support/pulumi-double";
import { printedBy } from "./project";

describe("homelab init", () => {
  const home = inHome();
  let pulumi: PulumiDouble;
  beforeEach(() => {
    pulumi = new PulumiDouble(home().path);
    home().write("Pulumi.lab-dev.yaml", "config: {}\n");
    home().write("Pulumi.yaml", "name: homelab-network\nbackend:\n  url: file://./.pulumi-state\n");
  });
  const init = (env: Readonly<Record<string, string>> = {}) =>
    printedBy(() => initialise({ folder: home().path, env: { PATH: pulumi.path, HOME: home().path, ...env } }));
  const at = (...names: string[]) => join(home().path, ...names);

  it("makes the state folder of Pulumi.yaml and a passphrase", async () => {
    const printed = await init();
    assert.match(printed, /^made {3}state folder \.pulumi-state\nmade {3}passphrase file \.pulumi-passphrase\nmade {3}stack lab-dev\n/);
    assert.ok(existsSync(at(".pulumi-state")));
    assert.equal(pulumi.calls.at(-1), `|${at(".pulumi-passphrase")}|stack init lab-dev --non-interactive`);
  });

  it("uses the backend of PULUMI_BACKEND_URL, and names it", async () => {
    const printed = await init({ PULUMI_BACKEND_URL: `file://${at("elsewhere")}` });
    assert.match(printed, new RegExp(`^made {3}state folder elsewhere \\(PULUMI_BACKEND_URL\\)\n`));
    assert.ok(existsSync(at("elsewhere")));
    assert.equal(existsSync(at(".pulumi-state")), false);
    assert.match(pulumi.calls.at(-1) ?? "", new RegExp(`^file://${at("elsewhere")}\\|`));
  });

  it("uses a backend that is no folder, without its password in the output", async () => {
    const printed = await init({ PULUMI_BACKEND_URL: "postgres://me:se-cret@192.168.50.9/states?sslmode=disable" });
    assert.match(printed, /^found {2}backend postgres:\/\/192\.168\.50\.9\/states \(PULUMI_BACKEND_URL\)\n/);
    assert.doesNotMatch(printed, /se-cret/);
  });

  it("uses the backend of pulumi login if Pulumi.yaml has none", async () => {
    home().write("Pulumi.yaml", "name: homelab-network\n");
    home().write(".pulumi/credentials.json", JSON.stringify({ current: `file://${at("logged-in")}` }));
    assert.match(await init(), /^made {3}state folder logged-in \(pulumi login\)\n/);
  });

  it("refuses to choose a backend itself", async () => {
    home().write("Pulumi.yaml", "name: homelab-network\n");
    await assert.rejects(init(), /^UserError: No backend is set, so nothing was made: set backend\.url in Pulumi\.yaml/);
    assert.equal(existsSync(at(".pulumi-passphrase")), false);
  });

  it("makes the passphrase file if the variable has its name already", async () => {
    assert.match(await init({ PULUMI_CONFIG_PASSPHRASE_FILE: ".pulumi-passphrase" }), /^made {3}passphrase file \.pulumi-passphrase$/m);
    assert.ok(existsSync(at(".pulumi-passphrase")));
  });

  it("uses a passphrase that is set already, and makes none", async () => {
    home().write("phrase", "se-cret\n");
    assert.match(
      await init({ PULUMI_CONFIG_PASSPHRASE_FILE: "phrase" }),
      /^found {2}passphrase of phrase \(PULUMI_CONFIG_PASSPHRASE_FILE\)$/m,
    );
    assert.match(await init({ PULUMI_CONFIG_PASSPHRASE: "se-cret" }), /^found {2}passphrase of PULUMI_CONFIG_PASSPHRASE$/m);
    assert.equal(existsSync(at(".pulumi-passphrase")), false);
    await assert.rejects(
      init({ PULUMI_CONFIG_PASSPHRASE_FILE: "gone" }),
      /^UserError: PULUMI_CONFIG_PASSPHRASE_FILE names gone, which cannot be read \(ENOENT\): restore it, or unset the variable\.$/,
    );
  });
});
