import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parseStackConfig } from "../../config/parse";
import { plansOf } from "../../config/plans";
import { stackSchema } from "../../config/schema";
import { devConfig, HOUSEHOLD, PROJECT, readYaml, ROOT, type Config } from "../support/stack-files";

interface Declaration {
  readonly type: string;
  readonly description: string;
  readonly default?: unknown;
}

const project = readYaml("Pulumi.yaml") as { name: string; config: Record<string, Declaration> };

describe("Pulumi.yaml", () => {
  it("has the project's name", () => assert.equal(project.name, PROJECT));

  it("declares the same keys as the schema", () => {
    assert.deepEqual(Object.keys(project.config), Object.keys(stackSchema.shape));
  });

  it("declares the schema's types, and describes every key", () => {
    for (const [key, { type, description }] of Object.entries(project.config)) {
      const kind = stackSchema.shape[key as keyof typeof stackSchema.shape].safeParse(type === "array" ? {} : []);
      assert.match(kind.error?.issues[0]?.message ?? "", type === "array" ? /expected array/ : /expected (object|record)/, key);
      assert.match(description, /^[A-Z].{30,}\.$/s, `${key} has no description`);
    }
  });

  it("has the schema's defaults, which the engine applies before the schema does", () => {
    const declared = Object.entries(project.config).flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]]));
    const withDefaults = Object.fromEntries(declared) as Config;
    assert.deepEqual(Object.keys(withDefaults), ["metallb", "advertisements", "names", "domains", "reserved"]);
    const parsed = (config: Config) => {
      const { values, ...rest } = parseStackConfig("lab-dev", config);
      return { ...rest, values: values((secret) => secret) };
    };
    assert.deepEqual(parsed(devConfig(withDefaults)), parsed(devConfig()));
  });
});

describe("the stack files of this clone", () => {
  it("are valid", () => assert.doesNotThrow(() => plansOf(ROOT)));
});

describe("an example stack file", () => {
  for (const { stack } of plansOf(HOUSEHOLD)) {
    it(`is under 25 lines without comments: ${stack}`, () => {
      const lines = readFileSync(join(HOUSEHOLD, `Pulumi.${stack}.yaml`), "utf8").split("\n");
      assert.ok(lines.filter((line) => line.trim() !== "" && !line.trim().startsWith("#")).length < 25);
    });
  }
});
