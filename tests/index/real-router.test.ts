/** Runs the program with its own SSH client against a server on loopback. */
import assert from "node:assert/strict";

import { Home } from "../support/home";
import { LoopbackRouter } from "../support/loopback-router";
import { runProgram, type Run } from "../support/program";
import { answerOf } from "../support/readings";
import { devConfig } from "../support/stack-files";

/** The message of a run without a cluster, because the kubeconfig of these tests has none. */
const NO_CLUSTER =
  "info: [runtime] Next hop, services and orphaned objects were not checked in cluster lab-dev: the kubeconfig's context lab-dev has no server; correct the kubeconfig. " +
  '"bin/homelab diff" shows an edit without the cluster.';

describe("the program and a real SSH connection to its router", () => {
  let home: Home;
  let router: LoopbackRouter;
  beforeEach(async () => {
    home = new Home();
    router = await LoopbackRouter.start("se-cret", answerOf());
  });
  afterEach(async () => {
    await router.stop();
    home.remove();
  });

  function preview(hostKey: string | undefined, password = "se-cret", port = router.port): Promise<Run> {
    const address = { "router.host": "127.0.0.1", "router.port": port };
    const login = { "router.privateKeyFile": undefined, "router.password": password, "router.hostKey": hostKey };
    return runProgram("lab-dev", devConfig({ ...address, ...login }), { preview: true, router: "dialled" });
  }

  it("reads the router with one command, and reports nothing if it can take the route", async () => {
    const { warnings, notes, outputs } = await preview(router.hostKey);
    assert.deepEqual([warnings, notes, outputs["nextHop"]], [[], [NO_CLUSTER], "192.168.50.11"]);
    assert.equal(router.commands.length, 1);
  });

  it("prints the host key to pin, and does not log in without a pinned one", async () => {
    await assert.rejects(preview(undefined), ({ message }: Error) => message.includes(`127.0.0.1 shows ${router.hostKey};`));
    assert.deepEqual(router.commands, []);
  });

  it("stops if the router rejects the login, and continues if nothing listens", async () => {
    await assert.rejects(preview(router.hostKey, "another"), /router\.user = "homelab": /);
    const silent = await LoopbackRouter.start("se-cret", "");
    await silent.stop();
    const { notes } = await preview(router.hostKey, "se-cret", silent.port);
    assert.deepEqual([...notes].sort(), [
      NO_CLUSTER,
      `info: [runtime] The routes were not compared with the router: 127.0.0.1:${silent.port} does not answer (ECONNREFUSED).`,
    ]);
  });
});
