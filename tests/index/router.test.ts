import assert from "node:assert/strict";

import { pinnedDev, runDev, up } from "../support/dev-program";
import { Home } from "../support/home";
import { HOST_KEY } from "../support/host-key";
import { only, secretIn, type Circumstances } from "../support/program";
import { devConfig } from "../support/stack-files";

/** The message about a router that does not answer. */
const SILENT = "The routes were not compared with the router: 192.168.50.1:22 does not answer (ECONNREFUSED).";

describe("the program and its router", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  it("logs in with the SSH agent if the stack file says so and an agent runs", async () => {
    const before = process.env["SSH_AUTH_SOCK"];
    const config = pinnedDev({ "router.privateKeyFile": undefined, "router.agent": true });
    try {
      process.env["SSH_AUTH_SOCK"] = "/run/agent";
      const connection = secretIn(only(await runDev(config), "command:remote:Command").inputs["connection"]);
      assert.ok(!("privateKey" in (connection as object)) && !("password" in (connection as object)));
      delete process.env["SSH_AUTH_SOCK"];
      await assert.rejects(runDev(config), /:17: router\.agent = true: no SSH agent: the variable SSH_AUTH_SOCK is not set; start/);
    } finally {
      if (before === undefined) delete process.env["SSH_AUTH_SOCK"];
      else process.env["SSH_AUTH_SOCK"] = before;
    }
  });

  describe("without a pinned host key", () => {
    const sees = (readKey: () => Promise<string>): Circumstances => ({ preview: true, router: { readKey } });
    const missing = "lab-dev cannot be deployed:\n  Pulumi.lab-dev.yaml:17: router.hostKey = nothing: missing";

    it("stops, with the router's key and the line to add", async () => {
      await assert.rejects(
        runDev(
          devConfig(),
          sees(() => Promise.resolve(HOST_KEY)),
        ),
        {
          message: `${missing}, and 192.168.50.1 shows ${HOST_KEY}; if that is your router's key, add the line "hostKey: ${HOST_KEY}"`,
        },
      );
    });

    it("stops, with the command that shows the key if the router does not answer or is not read", async () => {
      const scan = 'set it to what "ssh-keyscan -t ed25519 -p 22 192.168.50.1" prints after the host';
      await assert.rejects(runDev(devConfig(), { preview: true }), {
        message: `${missing}, and 192.168.50.1:22 does not answer (ECONNREFUSED); ${scan}`,
      });
      await assert.rejects(runDev(devConfig({ "router.observe": false }), { preview: true }), { message: `${missing}; ${scan}` });
    });

    it("warns in every run if any key is accepted, and gives the provider none", async () => {
      const run = await runDev(devConfig({ "router.acceptAnyHostKey": true }));
      assert.deepEqual(run.warnings, [
        "warning: [runtime] Pulumi.lab-dev.yaml:17: router.hostKey = nothing: not pinned, so any host that answers at 192.168.50.1 is trusted " +
          "(router.acceptAnyHostKey); remove router.acceptAnyHostKey, and run again to see the key to pin",
      ]);
      assert.ok(!("hostKey" in (secretIn(only(run, "command:remote:Command").inputs["connection"]) as object)));
    });
  });

  it("reports in one line that the router does not answer, and continues, except before the first update, which saves a backup", async () => {
    const run = await runDev(pinnedDev());
    assert.ok(
      run.notes.some((note) => note.endsWith(SILENT)),
      run.notes.join(),
    );
    await assert.rejects(runDev(pinnedDev(), {}), {
      message:
        'lab-dev cannot be deployed:\n  Pulumi.lab-dev.yaml:18: router.host = "192.168.50.1": 192.168.50.1:22 does not answer (ECONNREFUSED); ' +
        "switch it on, with SSH for its LAN",
    });
  });

  it("does not read the router in a preview with router.observe false, and keeps the command's input in the state", async () => {
    const router = { query: () => Promise.reject(new Error("was asked")) };
    const run = await runDev(pinnedDev({ "router.observe": false }), { ...up, preview: true, router });
    assert.deepEqual(only(run, "command:remote:Command").ignoreChanges, ["update", "triggers"]);
  });

  it("registers no command for a router of type manual, and prints the routes to enter", async () => {
    const router = { type: "manual", host: "192.168.50.1", lan: "192.168.50.0/24" };
    const run = await runDev(devConfig({ router }), {});
    assert.deepEqual(
      run.resources.filter(({ type }) => type.startsWith("command")),
      [],
    );
    assert.ok(
      run.notes.some((note) =>
        note.endsWith("Enter on the router 192.168.50.1 (network, netmask, gateway): 10.5.0.0, 255.255.255.0, 192.168.50.11."),
      ),
    );
    assert.deepEqual(run.outputs["route"], [{ network: "10.5.0.0", netmask: "255.255.255.0", gateway: "192.168.50.11", metric: 0 }]);
  });
});
