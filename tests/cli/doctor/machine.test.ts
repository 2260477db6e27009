import assert from "node:assert/strict";

import type { CliResult } from "../../../cli/check/cli";
import { checkMachine } from "../../../cli/doctor/machine";
import { requestedPlugins } from "../../../lab/tools/catalogue";
import { text } from "../../support/stacks";

const { command, kubernetes } = requestedPlugins;
const plugins = [
  { name: "command", version: command },
  { name: "kubernetes", version: kubernetes },
];
const install = "; install it (https://www.pulumi.com/docs/iac/download-install/)";
const answer = (stdout: string, exitCode = 0, reason = ""): CliResult => ({ exitCode, stdout, reason });

/** Returns the lines about a machine with these answers of the Pulumi CLI. */
async function reported(version: CliResult | undefined, list: CliResult | undefined = answer(JSON.stringify(plugins))): Promise<string[]> {
  const [node, ...lines] = await checkMachine(([verb]) => Promise.resolve(verb === "version" ? version : list));
  assert.equal(node && text(node), `ok node: ${process.versions.node}`);
  return lines.map(text);
}

describe("homelab doctor, about the machine", () => {
  const { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: before } = process.env;
  afterEach(() => {
    if (before === undefined) delete process.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"];
    else process.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = before;
  });

  it("prints the versions of CLI and plugins", async () => {
    assert.deepEqual(await reported(answer("v3.215.0\n")), [
      "ok pulumi: 3.215.0",
      `ok plugins: kubernetes ${kubernetes}, command ${command}`,
    ]);
  });

  it("says where to get the CLI, and that plugins are then unknown", async () => {
    const lines = [`failed pulumi: the CLI is not on PATH${install}`, "unknown plugins: skipped: only the Pulumi CLI can list them"];
    assert.deepEqual(await checkMachine(() => Promise.resolve(undefined)).then((all) => all.slice(1).map(text)), lines);
    const [broken] = await reported(answer("", 1, "it did not answer within 8 s"));
    assert.equal(broken, `failed pulumi: "pulumi version" fails: it did not answer within 8 s${install}`);
  });

  it("warns of a CLI that is older than the tested ones", async () => {
    for (const version of ["v3.214.9", "v2.300.0"]) {
      const [line] = await reported(answer(`${version}\n`));
      assert.equal(line, `warning pulumi: ${version.slice(1)}, which this program is not tested with; update it to 3.215 or newer`);
    }
    for (const version of ["v3.260.1", "v4.0.0", "v3.215.0-dev"]) assert.match((await reported(answer(version)))[0] ?? "", /^ok pulumi: /);
  });

  it("names plugins that are missing or have another version, and fails only if they are not downloaded automatically", async () => {
    const list = answer(JSON.stringify([plugins[0], { name: "kubernetes", version: "4.24.0" }]));
    delete process.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"];
    const fix = `pulumi plugin install resource kubernetes v${kubernetes}`;
    assert.equal(
      (await reported(answer("v3.215.0"), list))[1],
      `warning plugins: missing: resource kubernetes v${kubernetes}; the first run downloads them, or: ${fix}`,
    );
    process.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true";
    assert.equal(
      (await reported(answer("v3.215.0"), list))[1],
      `failed plugins: missing: resource kubernetes v${kubernetes}, and PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION is set; ${fix}`,
    );
  });
});
