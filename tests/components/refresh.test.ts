/** Tests the components in `pulumi refresh --run-program`, in which they register no outputs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/stack-files";

/** Prints for how many components outputs reach the engine. */
const program = `
  require("./engine/register.js");
  const pulumi = require("@pulumi/pulumi");
  const { Protection } = require("./components/protection");
  (async () => {
    await pulumi.runtime.setMocks({ call: ({ inputs }) => inputs, newResource: ({ name, inputs }) => ({ id: name, state: inputs }) });
    const monitor = require("@pulumi/pulumi/runtime/settings").getMonitor();
    let registered = 0;
    const original = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResourceOutputs = (...request) => (registered++, original(...request));
    new Protection("pools", { protect: false, dependents: [], objects: pulumi.output([]) });
    await pulumi.runtime.disconnect();
    console.log(registered);
  })();
`;

/** Runs the program below a process with a name and a verb: a shell plays the CLI. */
function registeredIn(cli: string, verb: string): string {
  const script = `"${process.execPath}" --eval "$PROGRAM"; true`;
  const { stdout, stderr } = spawnSync("sh", ["-c", script, verb], {
    cwd: ROOT,
    argv0: cli,
    env: { ...process.env, PROGRAM: program },
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  return stdout.trim();
}

describe("the outputs of a component", () => {
  it("are not registered in a refresh", () => assert.equal(registeredIn("pulumi", "refresh"), "0"));

  it("are not registered in a refresh by any component, as all have the same base", () => {
    const sources = readdirSync(join(ROOT, "components")).filter((file) => file.endsWith(".ts"));
    const bases = sources.flatMap((file) => readFileSync(join(ROOT, "components", file), "utf8").match(/class \w+ extends [\w.]+/g) ?? []);
    assert.ok(bases.length > 5);
    assert.deepEqual(
      bases.filter((base) => !base.endsWith(" HomelabComponent")),
      [],
    );
  });

  for (const [cli, verb] of [
    ["pulumi", "up"],
    ["pulumi", "preview"],
    ["pulumi", "destroy"],
    ["sh", "refresh"],
  ] as const)
    it(`are registered in ${cli} ${verb}`, () => assert.equal(registeredIn(cli, verb), "1"));
});
