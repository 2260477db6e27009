/** Runs on loopback with the stand-in for an API server. tests/e2e/verify.test.ts checks real clusters. */
import assert from "node:assert/strict";
import { chmodSync } from "node:fs";

import { checkCluster } from "../../../cli/check/cluster";
import { checkCluster as checkForDoctor } from "../../../cli/doctor/cluster";
import { ApiServer, base64, kubeconfigFor, oneMaster, Reply } from "../../support/api-server";
import { inHome } from "../../support/home";
import { plannedStack, text } from "../../support/stacks";

const RENEW = "renew the credentials of the kubeconfig's user: its token or client certificate is wrong or has expired";

describe("homelab doctor, verify and drift, about the login to a cluster", () => {
  const home = inHome();
  let api: ApiServer;
  beforeEach(async () => {
    api = await ApiServer.start({ ...oneMaster, "/version": { gitVersion: "v1.34.4" } });
    api.change = ({ url }) => new Reply(201, url.includes("selfsubjectaccessreviews") ? { status: { allowed: true } } : {});
  });
  afterEach(() => api.stop());

  function stackWith(user: object) {
    const cluster = { server: api.url, "certificate-authority-data": base64(api.certificate.cert) };
    return plannedStack({}, { kubeconfigContent: { text: kubeconfigFor(cluster, user), folder: home().path } });
  }
  /** Returns the line about the cluster, as each command prints it. */
  async function printedWith(user: object): Promise<string[]> {
    const lines = await Promise.all([checkForDoctor(stackWith(user)), checkCluster(stackWith(user)).then(({ lines: all }) => all)]);
    return lines.map((all) => {
      const line = all.find(({ what }) => what === "cluster");
      return line === undefined ? "" : text(line).replace(api.url, "SERVER");
    });
  }
  function program(script: string): object {
    const file = home().write("login", `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "./login" } };
  }
  const both = (line: string) => [line, line];

  it("reads the cluster with the token of a login program", async () => {
    const credential = JSON.stringify({ kind: "ExecCredential", status: { token: "se-cret" } });
    assert.deepEqual(await printedWith(program(`echo '${credential}'`)), both("ok cluster: SERVER answers, Kubernetes v1.34.4"));
    assert.deepEqual([...new Set(api.requests.map(({ headers }) => headers.authorization))], ["Bearer se-cret"]);
  });

  it("says that the login program fails, and how to see why", async () => {
    assert.deepEqual(
      await printedWith(program("exit 1")),
      both(
        "failed cluster: login program login of the kubeconfig's context lab-dev gives no credentials (it failed); " +
          'see why with "kubectl --context lab-dev get nodes", and log in',
      ),
    );
  });

  it("says that a token has expired", async () => {
    api.answers["/version"] = 401;
    const printed = `failed cluster: SERVER rejects the credentials of the kubeconfig's user (401); ${RENEW}`;
    assert.deepEqual(await printedWith({ token: "se-cret" }), both(printed));
  });

  it("names the right that the user lacks", async () => {
    api.answers["/api/v1/namespaces/kube-system"] = 403;
    const printed =
      "failed cluster: SERVER answers 403 to GET /api/v1/namespaces/kube-system; give the kubeconfig's user the right to get namespaces";
    assert.deepEqual(await printedWith({ token: "se-cret" }), both(printed));
  });

  it("says that a file of the kubeconfig is missing", async () => {
    const printed =
      `failed cluster: ${home().path}/token of the kubeconfig cannot be read (ENOENT); ` +
      "correct its path in the kubeconfig, or restore the file";
    assert.deepEqual(await printedWith({ tokenFile: "token" }), both(printed));
  });
});
