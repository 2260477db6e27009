import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { parseStackConfig } from "../network/config";
import type { Plan } from "../network/plan";
import { UserError, messageOf } from "./errors";
import { stackFile, stacksOf } from "./project";

const prefix = "homelab-network:";

/** The plans of all stack files of a project folder, in the order of their names. */
export function plansOf(folder: string): Plan[] {
  return stacksOf(folder).map((stack) => {
    const file = stackFile(folder, stack);
    const { config } = parseFile(file);
    const own = Object.entries(config ?? {}).filter(([key]) => key.startsWith(prefix));
    try {
      return parseStackConfig(stack, Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), withoutSecrets(value)]))).plan;
    } catch (error) {
      if (error instanceof Error && error.name === "PlanError") throw new UserError(error.message);
      throw error;
    }
  });
}

function parseFile(file: string): { config?: Record<string, unknown> } {
  try {
    return (parse(fs.readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
  } catch (error) {
    throw new UserError(`${path.basename(file)} is not YAML: ${messageOf(error).split("\n")[0]}`);
  }
}

/** An encrypted value stands for a text: the lab has no key to it and needs none. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return "encrypted";
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSecrets(inner)]));
}
