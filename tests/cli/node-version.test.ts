import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import execa from "execa";

import { repository } from "../../config/project";

describe("the version of Node.js that bin/homelab requires", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "node-version-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Runs the command line with a Node.js that only knows its version. */
  async function homelab(version: string): Promise<execa.ExecaReturnValue> {
    const script = `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo runs\n`;
    fs.writeFileSync(path.join(folder, "node"), script, { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    return execa(path.join(repository, "bin", "homelab"), ["plan"], { env, reject: false });
  }

  for (const version of ["v20.19.0", "v20.20.2", "v21.0.0", "v22.12.0", "v24.0.0-nightly2025"])
    it(`accepts ${version}`, async () => {
      const { stdout, exitCode } = await homelab(version);
      assert.deepEqual([stdout, exitCode], ["runs", 0]);
    });

  for (const version of ["v20.18.3", "v18.20.8", "v9.11.2"])
    it(`rejects ${version}`, async () => {
      const { stderr, exitCode } = await homelab(version);
      assert.equal(stderr, `homelab: Node.js ${version} is too old: install version 20.19 or newer (https://nodejs.org).`);
      assert.equal(exitCode, 1);
    });
});
