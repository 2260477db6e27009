/** A file should be readable in one sitting: a longer one is split by subject. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/stack-files";

const LIMIT = 250;

/** Returns all files in a folder of the repository, except generated and installed ones. */
function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !/^(node_modules|dist|\..*)$/.test(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesOf(path);
      return entry.isFile() ? [path] : [];
    });
}

describe("source files", () => {
  it(`have at most ${LIMIT} lines`, () => {
    const sources = filesOf("").filter((file) => /\.(ts|js|sh|go)$/.test(file));
    assert.ok(sources.length > 500, `found no more than ${sources.length} files`);
    const lengths = sources.map((file) => [file, readFileSync(join(ROOT, file), "utf8").split("\n").length - 1] as const);
    assert.deepEqual(
      lengths.filter(([, lines]) => lines > LIMIT).map(([file, lines]) => `${file}: ${lines} lines`),
      [],
    );
  });
});
