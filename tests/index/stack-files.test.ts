import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { pinnedDev, runDev, up } from "../support/dev-program";
import { Home } from "../support/home";
import { stackText } from "../support/plans";
import { devConfig, stackConfig, type Config } from "../support/stack-files";

describe("the program and its stack files", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  describe("reads every stack file of its folder", () => {
    const runHere = (config: Config) => runDev(config, { ...up, folder: home.path });
    const write = ({ file, text }: { file: string; text: string }) => home.write(file, text);

    it("and refuses a stack that conflicts with another", async () => {
      write(stackText("lab-dev", devConfig()));
      write(stackText("lab-prod", { ...stackConfig("lab-prod"), pools: [{ name: "lab-prod", addresses: ["10.5.0.128/25"] }] }));
      await assert.rejects(runHere(pinnedDev()), {
        message:
          "The stack files have a problem:\n" +
          '  Pulumi.lab-prod.yaml:8: pools[0].addresses[0] = "10.5.0.128/25": overlaps 10.5.0.0/24 of pool lab-dev in stack lab-dev ' +
          "(Pulumi.lab-dev.yaml:8: pools[0].addresses[0]); give each cluster addresses of its own",
      });
    });

    it("and uses Pulumi's values for its own stack instead of the file's", async () => {
      write(stackText("lab-dev", devConfig({ "pools[0].addresses": ["10.6.0.0/24"] })));
      write(stackText("lab-prod", stackConfig("lab-prod")));
      assert.deepEqual((await runHere(pinnedDev())).outputs["pools"], { "lab-dev": ["10.5.0.0/24"] });
    });

    it("and only warns of another stack's invalid file", async () => {
      write(stackText("lab-dev", devConfig()));
      write(stackText("lab-prod", { ...stackConfig("lab-prod"), gateway: {}, rooter: {} }));
      home.write("Pulumi.lab-edge.yaml", "config: [");
      const { warnings } = await runHere(pinnedDev({ "router.hostKey": "ssh-ed25519 AAAA" }));
      assert.deepEqual(warnings, [
        'warning: [runtime] Pulumi.lab-edge.yaml has a problem, so a conflict with it may go unnoticed; run "make plan" to see them',
        'warning: [runtime] Pulumi.lab-prod.yaml has 3 problems, so a conflict with it may go unnoticed; run "make plan" to see them',
      ]);
    });
  });

  it("stops with all problems in one message, without a stack trace and without a resource", async () => {
    const config = devConfig({ "pools[0].addresses": ["10.5.0.7/24"], "router.hots": "192.168.50.1" });
    await assert.rejects(runDev(config), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error), "Pulumi prints the stack trace of any other error");
      assert.equal(
        error.message,
        [
          "The stack files have 2 problems:",
          '  Pulumi.lab-dev.yaml:10: pools[0].addresses[0] = "10.5.0.7/24": the address has bits set beyond its /24 prefix; did you mean 10.5.0.0/24?',
          "  Pulumi.lab-dev.yaml:17: router.hots = (not shown): unknown key; did you mean host?",
        ].join("\n"),
      );
      return true;
    });
  });

  it("names a missing file or context", async () => {
    const config = devConfig({ "cluster.context": "lab-edge", "router.privateKeyFile": "~/.ssh/none" });
    await assert.rejects(runDev(config), {
      message: [
        "The stack files have 2 problems:",
        `  Pulumi.lab-dev.yaml:6: cluster.context = "lab-edge": no such context in ${home.path}/.kube/config; use one of lab-dev, lab-prod`,
        `  Pulumi.lab-dev.yaml:21: router.privateKeyFile = "~/.ssh/none": no such file as ${home.path}/.ssh/none; set it to the path of a private SSH key`,
      ].join("\n"),
    });
    await assert.rejects(runDev(pinnedDev({ "cluster.kubeconfig": "~/kubeconfig" })), {
      message: [
        "The stack files have a problem:",
        `  Pulumi.lab-dev.yaml:5: cluster.kubeconfig = "~/kubeconfig": no such file as ${home.path}/kubeconfig; set it to the path of the cluster's kubeconfig`,
      ].join("\n"),
    });
    home.write("kubeconfig", "nothing of that kind");
    await assert.rejects(runDev(pinnedDev({ "cluster.kubeconfig": "~/kubeconfig" })), {
      message: [
        "The stack files have a problem:",
        '  Pulumi.lab-dev.yaml:5: cluster.kubeconfig = "~/kubeconfig": not a kubeconfig; set it to the path of a kubeconfig file, or to its content',
      ].join("\n"),
    });
  });
});
