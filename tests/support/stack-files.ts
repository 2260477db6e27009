import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

/** The project's folder. */
export const ROOT = join(__dirname, "..", "..");

/** A project folder with two example stack files and the documents of their plan. Tests do not depend on the clone's own stack files. */
export const HOUSEHOLD = join(ROOT, "tests", "fixtures", "household");

/** The project's name, which is the prefix of its configuration's keys. */
export const PROJECT = "homelab-network";

/** A configuration, with keys without the prefix. */
export type Config = Record<string, unknown>;

/** Reads a YAML file of the project's folder. */
export function readYaml(name: string): unknown {
  return parse(readFileSync(join(ROOT, name), "utf8"));
}

/** The configurations of the example stack files, read once, because property tests need them thousands of times. */
const examples = new Map<string, Config>();

/** Returns the configuration in an example stack file. */
export function stackConfig(stack: string): Config {
  let known = examples.get(stack);
  if (known === undefined) {
    const { config } = parse(readFileSync(join(HOUSEHOLD, `Pulumi.${stack}.yaml`), "utf8")) as { config: Config };
    known = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(`${PROJECT}:`, ""), value]));
    examples.set(stack, known);
  }
  return structuredClone(known);
}

/** Returns a copy of lab-dev's configuration with some values set, each by its path, such as `pools[0].name`; undefined removes one. */
export function devConfig(changes: Record<string, unknown> = {}): Config {
  const config = stackConfig("lab-dev");
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
    const last = keys.pop() ?? "";
    const parent = keys.reduce<Config>((at, key) => (at[key] ??= {}) as Config, config);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return config;
}
