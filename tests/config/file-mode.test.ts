import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";

import { findOpenFile } from "../../config/read-file";
import { findOpenKey } from "../../config/stack-loader";
import { pinnedDev, runDev } from "../support/dev-program";
import { Home } from "../support/home";

describe("a file with a secret", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  it("is reported if other users can use it, with the command that changes that", () => {
    home.write("key", "secret");
    const file = join(home.path, "key");
    const at = (mode: number) => (chmodSync(file, mode), findOpenFile(file));
    for (const mode of [0o600, 0o400, 0o700]) assert.equal(at(mode), undefined);
    const fix = `chmod 600 ${file}`;
    assert.deepEqual(at(0o644), { rule: `other users of this machine may read ${file} (mode 644)`, fix });
    assert.deepEqual(at(0o620), { rule: `other users of this machine may change ${file} (mode 620)`, fix });
    assert.deepEqual(findOpenKey({ privateKeyFile: "key" }, home.path)?.fix, fix);
    assert.equal(findOpenFile(join(home.path, "missing")), undefined);
  });

  it("is named by a preview if it is the key to the router", async () => {
    const file = join(home.path, ".ssh", "id_ed25519");
    chmodSync(file, 0o640);
    const { warnings } = await runDev(pinnedDev());
    assert.deepEqual(
      warnings.filter((text) => text.includes("privateKeyFile")).map((text) => /:\d+: (.*)/.exec(text)?.[1]),
      [`router.privateKeyFile = "~/.ssh/id_ed25519": other users of this machine may read ${file} (mode 640); chmod 600 ${file}`],
    );
  });

  it("is named by a preview if it is a kubeconfig that accepts any certificate", async () => {
    const kubeconfig = {
      contexts: [{ name: "lab-dev", context: { cluster: "a" } }],
      clusters: [{ name: "a", cluster: { "insecure-skip-tls-verify": true } }],
    };
    home.write(".kube/config", JSON.stringify(kubeconfig));
    const { warnings } = await runDev(pinnedDev());
    const rule =
      /cluster\.context = "lab-dev": its cluster has insecure-skip-tls-verify in the kubeconfig, .*; write the cluster's certificate-authority-data/;
    assert.equal(warnings.filter((text) => rule.test(text)).length, 1, warnings.join("\n"));
  });
});
