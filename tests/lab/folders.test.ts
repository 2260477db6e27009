import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { labFolders } from "../../lab/folders";
import { writeAtomically } from "../../config/files";
import { scratchFolder } from "./scratch";

describe("a lab's folders", () => {
  it("are all below its own root", () => {
    const { name, cgroup, root, ...others } = labFolders("lab", "/labs");
    assert.deepEqual([name, root], ["lab", "/labs/lab"]);
    for (const folder of Object.values(others)) assert.ok(folder.startsWith(`${root}/`), folder);
    assert.match(cgroup, /^homelab-network\/lab-[0-9a-f]{8}$/);
  });

  it("have a cgroup of their own, even beside another user's lab of that name", () => {
    assert.notEqual(labFolders("lab", "/one").cgroup, labFolders("lab", "/two").cgroup);
  });

  for (const name of ["", "Lab", "../lab", "1lab", "a b", "x".repeat(32)]) {
    it(`refuses the name "${name}"`, () => {
      assert.throws(() => labFolders(name), {
        name: "UserError",
        message: `LAB: "${name}" is not a valid lab name: use up to 31 lower-case letters, digits and dashes, a letter first.`,
      });
    });
  }

  it("get files in one step, with the requested mode", () => {
    const folder = scratchFolder("write");
    const file = path.join(folder, "below", "secret");
    writeAtomically(file, "old");
    writeAtomically(file, "new", 0o600);
    assert.deepEqual([fs.readFileSync(file, "utf8"), fs.statSync(file).mode & 0o777], ["new", 0o600]);
    assert.deepEqual(fs.readdirSync(path.dirname(file)), ["secret"]);
    fs.rmSync(folder, { recursive: true });
  });
});
