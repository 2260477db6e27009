import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { lifecycle, SCENARIO_NAMES, SCENARIOS } from "../../../lab/cli/lifecycle";
import { ROOT } from "../../support/stack-files";
import { printedBy } from "../../cli/project";

/** Test files that are about no state of a cluster, but about router, configuration, commands, usage, or the lab itself. */
const elsewhere = [
  "accounts",
  "bench",
  "ci-preview",
  "config-set",
  "counts",
  "diff",
  "doctor",
  "drift",
  "example",
  "extras",
  "init",
  "lab",
  "names",
  "pulumi-versions",
  "recover",
  "route",
  "stacks",
  "up-all",
  "verify",
];

describe("homelab lab lifecycle", () => {
  it("has a test file for every scenario, and a scenario for every slow test file", () => {
    const files = SCENARIO_NAMES.map((name) => `${SCENARIOS[name][0]}.test.ts`);
    for (const file of files) assert.ok(fs.existsSync(path.join(ROOT, "tests", file)), file);
    for (const file of fs.readdirSync(path.join(ROOT, "tests", "lifecycle"))) assert.ok(files.includes(`lifecycle/${file}`), file);
  });

  it("has a scenario for every quick test file about a state of a cluster", () => {
    const scenarios = new Set<string>(SCENARIO_NAMES.map((name) => SCENARIOS[name][0]));
    const files = fs.readdirSync(path.join(ROOT, "tests", "e2e")).map((file) => file.replace(/\.test\.ts$/, ""));
    const others = files.filter((file) => !scenarios.has(`e2e/${file}`));
    assert.deepEqual(others.sort(), elsewhere);
  });

  it("lists the scenarios, and refuses an unknown one", async () => {
    const listed = await printedBy(() => lifecycle(undefined, { list: true }));
    for (const name of SCENARIO_NAMES) assert.match(listed, new RegExp(`^${name} `, "m"));
    await assert.rejects(() => lifecycle("nothing", {}), {
      name: "UserError",
      message: /^There is no scenario "nothing": it is one of fresh, /,
    });
  });
});
