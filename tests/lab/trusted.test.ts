import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { UserError } from "../../config/user-error";
import { requireOwnCache } from "../../lab/tools/trusted";

describe("the folder of the lab's tools", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "homelab-network-test-"));
    fs.mkdirSync(path.join(folder, "tools", "kubectl-1"), { recursive: true, mode: 0o755 });
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const places = ["", "tools", "tools/kubectl-1"];

  it("is trusted if it belongs to this user, or is not there yet", () => {
    requireOwnCache(folder);
    requireOwnCache(path.join(folder, "missing"));
  });

  for (const place of places) {
    it(`is not trusted if others can write there: ${place || "."}`, () => {
      fs.chmodSync(path.join(folder, place), 0o777);
      assert.throws(
        () => requireOwnCache(folder),
        (error) => error instanceof UserError && /can be changed by other users, .*chmod -R go-w/.test(error.message),
      );
    });

    it(`is not trusted if another user owns it: ${place || "."}`, () => {
      if (user.uid === 0) fs.chownSync(path.join(folder, place), 4321, 0);
      const asked = user.uid === 0 ? user : { ...user, uid: user.uid + 1 };
      assert.throws(
        () => requireOwnCache(folder, asked),
        /belongs to another user, so the lab does not run the programs in it: .*chown -R/,
      );
    });
  }
});
