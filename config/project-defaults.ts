import type { z } from "zod";

import { PROJECT, PROJECT_FILE } from "./file-names";
import { lineFinder } from "./line";
import { toMetalLb, type ProjectDefaults } from "./parse";
import { pathKeys, pathText, valueAt } from "./path";
import { HIDDEN, PlanError } from "./problem";
import { stackSchema, type StackConfig } from "./schema";
import { parseYaml } from "./yaml";

/**
 * Reads the defaults from the text of Pulumi.yaml, as Pulumi does: a plain value or a list is the default itself, and an object declares it
 * under `default` or `value`. A stack file's key replaces the whole default. Skips the defaults that the schema has, too.
 *
 * @throws PlanError if the text is not YAML
 */
export function readProjectDefaults(text: string): ProjectDefaults {
  const yaml = parseYaml(text);
  if (yaml.mistakes.length > 0)
    throw new PlanError(
      yaml.mistakes.map(({ keys, ...mistake }) => ({ ...mistake, file: PROJECT_FILE, path: pathText(keys) || "config", value: HIDDEN })),
    );
  const config = valueAt(yaml.content, ["config"]);
  const declared = typeof config === "object" && config !== null && !Array.isArray(config) ? Object.entries(config) : [];
  const values: Record<string, unknown> = {};
  for (const [key, declaration] of declared) {
    const name = key.startsWith(`${PROJECT}:`) ? key.slice(PROJECT.length + 1) : key;
    const value = defaultIn(declaration);
    if (name.includes(":") || value === undefined || isSchemas(name, value)) continue;
    values[name] = value;
  }
  const find = lineFinder(yaml);
  const lineOf = (path: string) => {
    const [top = "", ...rest] = pathKeys(path);
    const names = [`${PROJECT}:${top}`, top];
    const [, declaration] = declared.find(([key]) => names.includes(key)) ?? [];
    const inside = typeof declaration === "object" && !Array.isArray(declaration) ? [["default", "value"]] : [];
    return find([["config"], names, ...inside, ...rest.map((key) => [key])]);
  };
  return { values, lineOf };
}

/** Returns the default that a declaration has; undefined if it has none. */
function defaultIn(declaration: unknown): unknown {
  if (typeof declaration !== "object" || declaration === null || Array.isArray(declaration)) return declaration ?? undefined;
  const { default: byDefault, value } = declaration as { default?: unknown; value?: unknown };
  return byDefault ?? value ?? undefined;
}

/** Whether the schema has the same default, so that messages name the stack file, where the user would set another value. */
function isSchemas(name: string, value: unknown): boolean {
  const section = Object.entries<z.ZodType>(stackSchema.shape).find(([key]) => key === name)?.[1];
  const [own, given] = [section?.safeParse(undefined), section?.safeParse(value)];
  return own?.success === true && given?.success === true && whole(name, own.data) === whole(name, given.data);
}

/** Returns a parsed section as text, with the chart's repository, which the schema leaves out by default. */
const whole = (name: string, section: unknown): string =>
  JSON.stringify(name === "metallb" ? toMetalLb(section as StackConfig["metallb"]) : section, keysSorted);

const keysSorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;
