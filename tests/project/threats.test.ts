/** Checks the table of threats in SECURITY.md. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/stack-files";

const text = readFileSync(join(ROOT, "SECURITY.md"), "utf8");
const rows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, cells = ""]) => cells.split("|").map((cell) => cell.trim())).slice(2);

describe("the table of threats", () => {
  it("says for each threat who could do it, what stops it, and which test holds that", () => {
    assert.ok(rows.length >= 15, `${rows.length}`);
    for (const row of rows) {
      const [threat = "", , stop = "", tests = ""] = row;
      assert.equal(row.length, 4, threat);
      assert.ok(tests !== "" || stop.startsWith("nothing yet"), threat);
    }
  });

  it("names only tests that exist", () => {
    const named = [...text.matchAll(/`(tests\/[^`]+)`/g)].map(([, file = ""]) => file);
    assert.ok(named.length >= 20);
    assert.deepEqual(
      named.filter((file) => !existsSync(join(ROOT, file))),
      [],
    );
  });
});
