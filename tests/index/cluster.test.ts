import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { HOST_KEY } from "../support/host-key";
import { ApiServer, base64, kubeconfigFor, oneMaster } from "../support/api-server";
import { Home } from "../support/home";
import { only, runProgram } from "../support/program";
import { devConfig } from "../support/stack-files";

describe("the program and its cluster", () => {
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

  const changes = { "router.hostKey": HOST_KEY, "gateway.addresses": ["192.168.50.12"] };

  it("warns, and registers the same resources as without the warning", async () => {
    const run = await runProgram("lab-dev", devConfig({ ...changes, "router.observe": false }), { preview: true });
    assert.equal(run.warnings.length, 1);
    assert.match(run.warnings[0] ?? "", /no node of cluster lab-dev has this address; .*: m1 \(192\.168\.50\.11\)$/);
    assert.equal(run.resources.length, 12);
    assert.equal(run.outputs["nextHop"], "192.168.50.12");
    assert.deepEqual(run.notes, []);
  });

  it("omits the pools' dry run from a preview if an orphaned webhook would reject it, and shows all known values", async () => {
    const service = { namespace: "metallb-system", name: "metallb-webhook-service" };
    const webhooks = [{ name: "ipaddresspoolvalidationwebhook.metallb.io", clientConfig: { service } }];
    server.answers["/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"] = [
      { metadata: { name: "metallb-webhook-configuration", uid: "u", resourceVersion: "7" }, webhooks },
    ];
    const run = await runProgram("lab-dev", devConfig({ ...changes, "router.observe": false }), { preview: true });
    const { metadata, spec } = only(run, "kubernetes:metallb.io/v1beta1:IPAddressPool").inputs as { metadata: object; spec: object };
    assert.deepEqual(metadata, { name: "lab-dev", namespace: "metallb-system", annotations: pulumi.unknown });
    assert.deepEqual(spec, { addresses: ["10.5.0.0/24"], autoAssign: true, avoidBuggyIPs: true });
    assert.equal(server.requests.filter(({ method }) => method !== "GET").length, 0);
  });

  it("reads the stack's state once, for all comparisons", async () => {
    const config = devConfig({ ...changes, "gateway.addresses": ["auto"] });
    const state = ["192.168.50.1", "10.5.0.0>255.255.255.0>192.168.50.11>0>LAN"] as const;
    const { notes, outputs, readings } = await runProgram("lab-dev", config, { state });
    assert.deepEqual(notes, [
      "info: [runtime] The next hop is 192.168.50.11, of master m1.",
      "info: [runtime] The routes were not compared with the router: 192.168.50.1:22 does not answer (ECONNREFUSED).",
    ]);
    assert.deepEqual([outputs["nextHop"], readings], ["192.168.50.11", 1]);
  });

  it("compares the cluster's identity before it reads a next hop from the cluster", async () => {
    await runProgram("lab-dev", devConfig({ ...changes, "gateway.addresses": ["auto"] }), { preview: true });
    assert.equal(server.requests[0]?.url, "/api/v1/namespaces/kube-system");
    assert.ok(server.requests.some(({ url }) => url.startsWith("/api/v1/nodes")));
  });

  it("reads the cluster before it registers anything if the gateway must be a master", async () => {
    const config = devConfig({ ...changes, "router.observe": false, "gateway.mustBeMaster": true });
    await assert.rejects(runProgram("lab-dev", config, { preview: true }), (error) => pulumi.RunError.isInstance(error));
    assert.equal(server.requests.length, 22);
  });

  it("refuses for every reason of router and cluster, in one message", async () => {
    const config = devConfig({ "gateway.addresses": ["192.168.50.12"], "gateway.mustBeMaster": true });
    const router = { readKey: () => Promise.resolve(HOST_KEY) };
    await assert.rejects(runProgram("lab-dev", config, { preview: true, router }), ({ message }: Error) => {
      const [heading, ofRouter = "", ofCluster = "", ...rest] = message.split("\n");
      assert.equal(heading, "lab-dev cannot be deployed:");
      assert.match(ofRouter, /^ {2}Pulumi\.lab-dev\.yaml:\d+: router\.hostKey = nothing: missing, and 192\.168\.50\.1 shows /);
      assert.match(
        ofCluster,
        /^ {2}Pulumi\.lab-dev\.yaml:\d+: gateway\.addresses\[0\] = .*: no node of cluster lab-dev has this address; /,
      );
      assert.deepEqual(rest, []);
      return true;
    });
  });
});
