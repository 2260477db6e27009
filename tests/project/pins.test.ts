import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

import { DEFAULT_CHART, EARLIER_CHART } from "../../config/metallb-releases";
import { ROOT } from "../support/stack-files";

interface Package {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

const readJson = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8")) as Package;
const installed = (name: string) => readJson(`node_modules/${name}/package.json`).version;

/** Returns major and minor version as one comparable number. */
const minor = (version: string) => {
  const [major = NaN, second = NaN] = version.split(".").map(Number);
  return major * 10_000 + second;
};

interface Updates {
  readonly "package-ecosystem": string;
  readonly directory?: string;
  readonly directories?: readonly string[];
  readonly cooldown: { readonly "default-days": number };
  readonly groups: object;
  readonly ignore?: ReadonlyArray<{ readonly "dependency-name": string; readonly versions?: readonly string[] }>;
}

const { updates } = parse(readFileSync(join(ROOT, ".github", "dependabot.yml"), "utf8")) as { updates: readonly Updates[] };

describe("pinned packages", () => {
  const pins: [name: string, holds: (version: string) => boolean, reason: string][] = [
    ["@pulumi/command", (version) => version === "1.2.1", "npm's newest, 4.5.0, is a stray old build without hostKey and dialErrorLimit"],
    ["typescript", (version) => minor(version) < minor("7.0"), "@pulumi/pulumi works with TypeScript below 7 only"],
    ["cspell", (version) => version.startsWith("9."), "cspell 10 needs Node 22, and Node 20 is supported"],
  ];
  const { dependencies = {}, devDependencies = {} } = readJson("package.json");

  for (const [name, holds, reason] of pins) {
    it(`${name} has the right version, in package.json and as installed`, () => {
      const wanted = dependencies[name] ?? devDependencies[name] ?? "";
      assert.match(wanted, /^\d+\.\d+\.\d+$/, `${name} must be pinned to one version: ${reason}`);
      assert.ok(holds(wanted), `${name} ${wanted} in package.json: ${reason}`);
      assert.equal(installed(name), wanted, `${name} is installed in another version than package.json has; run npm ci`);
    });

    it(`${name} is ignored by the update bot`, () => {
      const [{ ignore = [] } = {}] = updates.filter((one) => one["package-ecosystem"] === "npm");
      const entry = ignore.find((one) => one["dependency-name"] === name);
      assert.ok(entry !== undefined, reason);
      for (const range of entry.versions ?? []) {
        const first = range.replace(">=", "");
        assert.ok(!holds(first.includes(".") ? first : `${first}.0`), `${name} ${range} leaves room below it that ${reason}`);
      }
    });
  }

  it("are proposed by the update bot a week after their release, and in groups", () => {
    for (const { cooldown, groups, directory, directories = [directory ?? ""], ...rest } of updates) {
      assert.ok(cooldown["default-days"] >= 7, rest["package-ecosystem"]);
      assert.notDeepEqual(groups, {});
      for (const folder of directories) assert.ok(existsSync(join(ROOT, folder)), folder);
    }
  });

  it("include the MetalLB that the lab builds, which is the default of a stack file", () => {
    const releaseOf = (module: string) =>
      /go\.universe\.tf\/metallb v(\S+)/.exec(readFileSync(join(ROOT, "lab/go", module, "go.mod"), "utf8"))?.[1];
    assert.equal(releaseOf("suite"), DEFAULT_CHART);
    assert.equal(releaseOf("metallb-0.15"), EARLIER_CHART);
  });
});
