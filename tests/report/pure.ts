import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/stack-files";

/** What a folder's files import although pure code must not. */
export function offendersIn(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  if (files.length === 0) throw new Error(`${folder} is empty`);
  return files.flatMap((file) =>
    [...readFileSync(join(ROOT, folder, file), "utf8").matchAll(/from "([^"]+)"/g)]
      .map(([, from = ""]) => from)
      .filter((from) => /\/(lab|commands|components)(\/|$)|^@pulumi|^node:|^execa/.test(from))
      .map((from) => `${file}: ${from}`),
  );
}
