/** A file is to be read in one sitting: what grows beyond that is split by subject. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/stack-files";

const LIMIT = 250;

/** All files of a folder of the repository, but those that it has made or installed. */
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
