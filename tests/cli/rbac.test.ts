import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseAllDocuments } from "yaml";

import { kubeconfigFor } from "../../cli/rbac";
import { accountManifests } from "../../cluster/manifests/rbac";
import { PROJECT_FOLDER } from "../../config/project";
import { HOUSEHOLD, ROOT } from "../support/stack-files";

describe("homelab rbac", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
    cpSync(HOUSEHOLD, folder, { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  const rbac = (...args: readonly string[]) => {
    const env = { ...process.env, [PROJECT_FOLDER]: folder };
    const { status, stdout, stderr } = spawnSync(join(ROOT, "bin", "homelab"), ["rbac", ...args], { encoding: "utf8", env });
    return { status, stdout, stderr };
  };

  it("prints the objects of an account as YAML", () => {
    const { status, stdout, stderr } = rbac("read", "lab-dev");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.deepEqual(
      parseAllDocuments(stdout).map((document) => document.toJS() as object),
      accountManifests("read", "metallb-system"),
    );
    assert.match(stdout, /^ {4}verbs: \[get, list, watch\]$/m);
  });

  it("names the accounts and the stacks that exist", () => {
    assert.deepEqual(rbac("write", "lab-dev").stderr, 'homelab: There is no account "write": the accounts are deploy and read.\n');
    assert.match(rbac("read", "lab-nope", "--kubeconfig").stderr, /^homelab: STACK: there is no stack "lab-nope" with a plan/);
    const { status, stderr } = rbac("read", "lab-nope");
    assert.equal(status, 1);
    assert.equal(stderr, 'homelab: There is no stack "lab-nope" with a plan: the stacks are lab-dev, lab-prod.\n');
  });

  it("makes a kubeconfig with the server, its certificate and the token, and nothing else of the user's", () => {
    writeFileSync(join(folder, "ca.crt"), "authority");
    const clusters = [
      { name: "home", cluster: { server: "https://192.168.50.11:6443", "certificate-authority": "ca.crt", "tls-server-name": "lab" } },
      { name: "other", cluster: { server: "https://192.168.50.21:6443" } },
    ];
    const users = [{ name: "me", user: { "client-key-data": "secret", token: "mine" } }];
    const contexts = [{ name: "lab-dev", context: { cluster: "home", user: "me" } }];
    const text = JSON.stringify({ clusters, users, contexts, "current-context": "other" });
    assert.deepEqual(kubeconfigFor({ text, folder }, "lab-dev", "a-token"), {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "lab-dev",
          cluster: {
            server: "https://192.168.50.11:6443",
            "certificate-authority-data": Buffer.from("authority").toString("base64"),
            "tls-server-name": "lab",
          },
        },
      ],
      users: [{ name: "lab-dev", user: { token: "a-token" } }],
      contexts: [{ name: "lab-dev", context: { cluster: "lab-dev", user: "lab-dev" } }],
      "current-context": "lab-dev",
    });
  });
});
