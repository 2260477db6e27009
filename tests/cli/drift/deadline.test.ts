/** Runs the command as a process of its own, with an API server and a router on loopback that accept connections and stay silent. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import * as path from "node:path";

import execa from "execa";

import { PROJECT_FOLDER, repository } from "../../../config/project";
import { Project } from "../project";

const OVER = "skipped: the time limit of the run is reached";

describe("homelab drift, with a time limit", () => {
  const sockets = new Set<Socket>();
  let silent: Server;
  let project: Project;

  beforeEach(async () => {
    silent = createServer((socket) => {
      sockets.add(socket.on("error", () => undefined));
      socket.resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    project = new Project();
    const kubeconfig = JSON.stringify({
      clusters: [{ name: "c", cluster: { server: `https://127.0.0.1:${port}` } }],
      contexts: [{ name: "lab-dev", context: { cluster: "c" } }],
    });
    project.write("kubeconfig", kubeconfig);
    project.change("Pulumi.lab-dev.yaml", "~/.kube/config", path.join(project.path, "kubeconfig"));
    project.change("Pulumi.lab-dev.yaml", "host: 192.168.50.1\n", `host: localhost\n    port: ${port}\n`);
    fs.rmSync(path.join(project.path, "Pulumi.lab-prod.yaml"));
  });
  afterEach(() => {
    sockets.forEach((socket) => socket.destroy());
    silent.close();
    project.remove();
  });

  /** Runs drift with a Pulumi CLI that is a shell script. */
  async function drift(limit: string, pulumi: string) {
    project.write("bin/pulumi", `#!/bin/sh\n${pulumi}\n`);
    fs.chmodSync(path.join(project.path, "bin/pulumi"), 0o755);
    const env = { PATH: `${path.join(project.path, "bin")}:${process.env["PATH"]}`, [PROJECT_FOLDER]: project.path };
    const options = { env, reject: false, timeout: 60_000 };
    const { stdout, stderr, exitCode } = await execa(path.join(repository, "bin/homelab"), ["drift", "--own", "--limit", limit], options);
    return { lines: stdout.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " | ")), stderr, exitCode };
  }
  const deployed = `echo '{"deployment":{"resources":[{"urn":"urn:pulumi:lab-dev::p::pulumi:pulumi:Stack::s"}]}}'`;

  it("prints what has been read when cluster and router are silent", async () => {
    const { lines, exitCode } = await drift("3", deployed);
    assert.deepEqual(lines.slice(0, 4), [
      "lab-dev",
      "ok | state | 1 resources",
      `unknown | preview | ${OVER}`,
      `unknown | cluster | ${OVER}`,
    ]);
    for (const what of ["gateway", "pool lab-dev", "router", "routes"]) assert.ok(lines.includes(`unknown | ${what} | ${OVER}`), what);
    assert.equal(exitCode, 1);
  });

  it("ends although the Pulumi CLI does not answer", async () => {
    const { lines, exitCode } = await drift("1", "exec tail -f /dev/null");
    assert.deepEqual(lines.slice(0, 3), ["lab-dev", `unknown | state | ${OVER}`, `unknown | preview | ${OVER}`]);
    assert.equal(exitCode, 1);
  });

  it("refuses a limit that is no number of seconds", async () => {
    const { stderr, exitCode } = await drift("5m", deployed);
    assert.equal(stderr, 'homelab: --limit = "5m": it is not a number of seconds from 1 to 86400.');
    assert.equal(exitCode, 1);
  });
});
