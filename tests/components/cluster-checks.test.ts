import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { checkCluster } from "../../components/cluster-checks";
import { readCluster } from "../../components/cluster-reader";
import { NoAnswer } from "../../components/kubeconfig";
import type { Stack } from "../../components/stack-config";
import { parseStackConfig } from "../../network/config";
import type { ClusterState } from "../../network/findings";
import { ApiServer, base64, kubeconfigFor, oneMaster } from "../support/api-server";
import { Home } from "../support/home";
import { listening, runProgram } from "../support/program";
import { devConfig } from "../support/stack-files";

/** A stack of lab-dev's configuration with some changes. */
const stack = (changes: Record<string, unknown> = {}, text = ""): Stack => ({
  plan: parseStackConfig("lab-dev", devConfig(changes)).plan,
  kubeconfig: "",
  kubeconfigContent: { text, folder: "/nowhere" },
  login: {},
  locate: (finding) => ({ file: "Pulumi.lab-dev.yaml", line: 7, ...finding }),
});

const master = { name: "m1", addresses: ["192.168.50.12"], isMaster: true, isReady: true };
const sound: ClusterState = { nodes: [{ ...master, addresses: ["192.168.50.11"] }], services: [], pools: [] };
const unsound: ClusterState = { nodes: [master], services: [{ name: "web/shop", addresses: ["10.9.0.1"], pool: "lab-dev" }], pools: [] };
const wrongGateway =
  'Pulumi.lab-dev.yaml:7: gateway.addresses[0] = "192.168.50.11": no node of cluster lab-dev has this address; ' +
  "set it to the address of a Ready master: m1 (192.168.50.12)";

const check = (of: Stack, read: typeof readCluster) => listening(() => checkCluster(of, read));
const answering = (state: ClusterState) => () => Promise.resolve(state);

describe("the checks against the cluster", () => {
  it("say nothing where all is well", async () => {
    const { warnings, notes } = await check(stack(), answering(sound));
    assert.deepEqual([warnings, notes], [[], []]);
  });

  it("ask in the context and MetalLB's namespace of the plan", async () => {
    const asked: unknown[] = [];
    await check(stack({ "metallb.namespace": "lb" }, "kubeconfig"), (question) => {
      asked.push(question);
      return Promise.resolve(sound);
    });
    assert.deepEqual(asked, [{ kubeconfig: { text: "kubeconfig", folder: "/nowhere" }, context: "lab-dev", namespace: "lb" }]);
  });

  it("warn of both, the services and the gateway, each with its place in the stack file", async () => {
    const { warnings } = await check(stack(), answering(unsound));
    assert.deepEqual(warnings, [
      'warning: [runtime] Pulumi.lab-dev.yaml:7: pools = ["10.5.0.0/24"]: 1 service will lose its address: web/shop (10.9.0.1); ' +
        "keep what they have in a pool, or expect new ones",
      `warning: [runtime] ${wrongGateway}`,
    ]);
  });

  it("end the program for the gateway where it must be a master, without a stack trace", async () => {
    await assert.rejects(check(stack({ "gateway.mustBeMaster": true }), answering(unsound)), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(error.message, `The stack files have a problem:\n  ${wrongGateway}`);
      assert.equal(error.stack, undefined, "Node may take half a minute to format it");
      return true;
    });
    await check(stack({ "gateway.mustBeMaster": true }), answering(sound));
  });

  it("say in one line that a cluster does not answer, and let the program go on, also where the gateway must be a master", async () => {
    for (const mustBeMaster of [false, true]) {
      const { warnings, notes } = await check(stack({ "gateway.mustBeMaster": mustBeMaster }), () =>
        Promise.reject(new NoAnswer("it sleeps")),
      );
      assert.deepEqual(warnings, []);
      assert.deepEqual(notes, ["info: [runtime] Gateway and services are not checked against cluster lab-dev: it sleeps."]);
    }
  });

  it("never show a token, whatever is wrong with it or beside it", async () => {
    const cluster = { server: "https://127.0.0.1:1" };
    for (const kubeconfig of [
      kubeconfigFor(cluster, { token: "se-cret" }),
      kubeconfigFor(cluster, { token: "se-cret\nsecond line" }),
      kubeconfigFor({ server: "http://se-cret@127.0.0.1" }, { token: "se-cret" }),
      kubeconfigFor({ server: "se-cret" }, { token: "se-cret" }),
      kubeconfigFor(cluster, { "client-key-data": base64("se-cret"), "client-certificate-data": base64("se-cret") }),
      '{"contexts": "se-cret"}',
      "se-cret: [",
    ]) {
      const { warnings, notes } = await check(stack({}, kubeconfig), readCluster);
      assert.equal(warnings.length, 0);
      assert.equal(notes.length, 1, kubeconfig);
      assert.doesNotMatch(notes[0] ?? "", /se-cret|c2UtY3JldA/);
      assert.match(notes[0] ?? "", /^info: .* (cannot be asked|does not answer) \(\w+\)\.$/);
    }
  });
});

describe("the program against its cluster", () => {
  let home: Home;
  let server: ApiServer;
  beforeEach(async () => {
    home = new Home();
    server = await ApiServer.start(oneMaster);
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    home.write(".kube/config", kubeconfigFor(cluster, { token: "token" }));
  });
  afterEach(async () => {
    await server.stop();
    home.remove();
  });

  const changes = { "router.hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK", "gateway.addresses": ["192.168.50.12"] };

  it("warns, and registers what it would without", async () => {
    const run = await runProgram("lab-dev", devConfig({ ...changes, "router.observe": false }), { preview: true });
    assert.equal(run.warnings.length, 1);
    assert.match(run.warnings[0] ?? "", /no node of cluster lab-dev has this address; .*: m1 \(192\.168\.50\.11\)$/);
    assert.equal(run.resources.length, 10);
    assert.equal(run.outputs["nextHop"], "192.168.50.12");
    assert.deepEqual(run.notes, []);
  });

  it("asks before it registers anything where the gateway must be a master", async () => {
    const config = devConfig({ ...changes, "router.observe": false, "gateway.mustBeMaster": true });
    await assert.rejects(runProgram("lab-dev", config, { preview: true }), (error) => pulumi.RunError.isInstance(error));
    assert.equal(server.requests.length, 3);
  });
});
