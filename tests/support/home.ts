import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach } from "mocha";
import { stringify } from "yaml";

/** A stand-in for a private key, for which tests search where secrets must not be. */
export const PRIVATE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nnot a real one\n-----END OPENSSH PRIVATE KEY-----\n";

/** A home folder with the kubeconfig and the key that the example stack files name. `~` leads there until it is removed. */
export class Home {
  readonly path = mkdtempSync(join(tmpdir(), "homelab-network-test-"));
  private readonly before = process.env["HOME"];

  constructor() {
    process.env["HOME"] = this.path;
    const contexts = ["lab-dev", "lab-prod"].map((name) => ({ name, context: { cluster: name, user: name } }));
    this.write(".kube/config", stringify({ apiVersion: "v1", kind: "Config", contexts }));
    this.write(".ssh/id_ed25519", PRIVATE_KEY);
  }

  write(name: string, content: string): string {
    const file = join(this.path, name);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  remove(): void {
    process.env["HOME"] = this.before;
    rmSync(this.path, { recursive: true });
  }
}

/** Gives each test of a suite its own home folder, which is also the working directory. @returns a getter of the current test's folder */
export function inHome(): () => Home {
  const from = process.cwd();
  let home: Home;
  beforeEach(() => {
    home = new Home();
    process.chdir(home.path);
  });
  afterEach(() => {
    process.chdir(from);
    home.remove();
  });
  return () => home;
}
