import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ROOT } from "../support/stack-files";

/** The targets with a variable in quotes, and the other variables that they need. */
const QUOTED: readonly (readonly [variable: string, target: string, more?: string])[] = [
  ["NAME", "new-stack"],
  ["POOL", "new-stack", "NAME=a"],
  ["GATEWAY", "new-stack", "NAME=a"],
  ["HOST", "lab-exec", "CMD=a"],
  ["CMD", "lab-exec", "HOST=a"],
  ["SCENARIO", "test-lifecycle"],
  ...["doctor", "verify", "drift", "adopt", "up", "preview", "destroy", "ci-preview", "lab-pulumi", "lab-kubectl"].map(
    (target): readonly [string, string] => ["STACK", target],
  ),
];

describe("make", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
    const text = readFileSync(join(ROOT, "Makefile"), "utf8");
    writeFileSync(join(folder, "Makefile"), text.replace(/^homelab := .*$/m, "homelab := ./homelab"));
    writeFileSync(join(folder, "homelab"), '#!/bin/sh\nprintf "<%s>" "$@"\nprintf "\\n%s" "$HOMELAB_CACHE"\n', { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const make = (...args: readonly string[]) => {
    // A make that runs these tests would have this one print its folder.
    const env = { ...process.env, MAKELEVEL: undefined, MAKEFLAGS: undefined };
    const { stdout, stderr } = spawnSync("make", args, { cwd: folder, encoding: "utf8", env });
    assert.equal(stderr, "");
    assert.deepEqual(readdirSync(folder).sort(), ["Makefile", "homelab"], "a command in a value ran");
    return stdout;
  };

  it("names every target with a variable in quotes here", () => {
    const used = [...readFileSync(join(ROOT, "Makefile"), "utf8").matchAll(/\$\(call quoted,([A-Z]+)\)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(used)].sort(), [...new Set(QUOTED.map(([name]) => name))].sort());
  });

  for (const [variable, target, ...more] of QUOTED) {
    it(`passes ${variable} to ${target} as it is typed`, () => {
      const value = "$(shell touch ran)`touch ran`$(touch ran) $HOME 'a' \"b\" ; touch ran # c";
      assert.ok(make(target, `${variable}=${value}`, ...more.filter((one) => one !== undefined)).includes(`<${value}>`));
    });
  }

  it("runs no command in a variable that it does not know", () => {
    assert.match(make("plan", "OTHER=$(shell touch ran)", "ARGS=$(shell touch ran)"), /^<plan>/);
  });

  it("passes a variable of the environment on", () => {
    assert.equal(make("plan", "HOMELAB_CACHE=/tmp/$(shell touch ran)"), "<plan>\n/tmp/$(shell touch ran)");
  });
});
