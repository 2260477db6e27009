import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isSecret, secret, UNKNOWN, type Properties } from "../../../lab/command-provider/values";
import { ed25519 } from "../../../lab/ssh-key";
import { eventually, freePort, startDropbear, USER, type Dropbear } from "./dropbear";
import { call, startPlugin, URN, type Plugin } from "./plugin";

describe("command:remote:Command against dropbear", function () {
  this.timeout(60_000);
  const key = ed25519();
  let dropbear: Dropbear;
  let plugin: Plugin;

  before(async () => {
    dropbear = await startDropbear([key.public]);
    plugin = await startPlugin();
  });
  after(() => {
    plugin?.stop();
    dropbear?.stop();
  });
  beforeEach(() => plugin.logs.splice(0));

  const connection = (more: Properties = {}): Properties => ({
    host: "127.0.0.1",
    port: dropbear.port,
    user: USER,
    privateKey: key.private,
    dialErrorLimit: 0,
    ...more,
  });
  /** Returns inputs as the plugin's own check leaves them. */
  const inputs = async (given: Properties): Promise<Properties> => (await plugin.check({ connection: connection(), ...given })).inputs;
  const ran = (): string => fs.readFileSync(path.join(dropbear.home, "ran"), { encoding: "utf8", flag: "a+" });
  const forget = (): void => fs.rmSync(path.join(dropbear.home, "ran"), { force: true });
  afterEach(forget);

  it("creates: returns outputs without their last newline, the inputs, and an id made from the name", async () => {
    const given = await inputs({ create: secret("echo out; echo; echo err >&2"), delete: "true" });
    assert.deepEqual(given["create"], secret("echo out; echo; echo err >&2"));
    assert.ok(isSecret(given["connection"]));
    const { id, state } = await plugin.create(given);
    assert.match(id, /^route[0-9a-f]{8}$/);
    assert.deepEqual(state, { ...given, stdout: "out\n", stderr: "err" });
  });

  it("does nothing on create without a command", async () => {
    const { state } = await plugin.create(await inputs({ connection: connection({ port: await freePort() }) }));
    assert.deepEqual([state["stdout"], state["stderr"]], ["", ""]);
  });

  it("passes stdin to the command, and an immediate end of file without any", async () => {
    assert.equal((await plugin.create(await inputs({ create: "cat", stdin: "a\nb" }))).state["stdout"], "a\nb");
    assert.equal((await plugin.create(await inputs({ create: "cat; echo end" }))).state["stdout"], "end");
  });

  it("runs without a terminal and accepts output larger than a window", async () => {
    const { state } = await plugin.create(await inputs({ create: "tty; head -c 3000000 /dev/zero | tr '\\0' x", logging: "none" }));
    assert.ok(state["stdout"] === `not a tty\n${"x".repeat(3_000_000)}`);
  });

  it("fails on a non-zero exit with the whole command and its output", async () => {
    await assert.rejects(plugin.create(await inputs({ create: "echo 'to out'\necho to err >&2; exit 3" })), {
      message: `Process exited with status 3: running "echo 'to out'\\necho to err >&2; exit 3":\nto out\nto err\n`,
    });
  });

  it("fails on a signal in the words of Go's client", async () => {
    await assert.rejects(plugin.create(await inputs({ create: "kill -TERM $$" })), {
      message: 'Process exited with status 143 from signal TERM: running "kill -TERM $$":\n',
    });
  });

  it("updates with `update`, else with `create`, else does nothing", async () => {
    const state: Properties = { ...(await inputs({ create: "echo old" })), stdout: "old", stderr: "olderr" };
    const off = { addPreviousOutputInEnv: false };
    assert.equal((await plugin.update(state, await inputs({ ...off, create: "echo c", update: "echo u" })))["stdout"], "u");
    assert.equal((await plugin.update(state, await inputs({ ...off, create: "echo c" })))["stdout"], "c");
    const kept = await plugin.update(state, await inputs({ delete: "true" }));
    assert.deepEqual([kept["stdout"], kept["stderr"]], ["old", "olderr"]);
  });

  it("updates over the new connection and deletes over the state's", async () => {
    const dead = await inputs({ connection: connection({ port: await freePort() }), delete: "echo gone >> ran" });
    const live = await inputs({ update: "echo updated >> ran", delete: "echo deleted >> ran" });
    await plugin.update({ ...dead, stdout: "", stderr: "" }, live);
    assert.equal(ran(), "updated\n");
    await assert.rejects(
      plugin.delete({ ...dead, stdout: "", stderr: "" }),
      /after 0 failed attempts: dial tcp .*: connect: connection refused/,
    );
    await plugin.delete({ ...live, stdout: "", stderr: "" });
    assert.equal(ran(), "updated\ndeleted\n");
  });

  it("does nothing on delete without a command, and fails if the command fails", async () => {
    await plugin.delete({ ...(await inputs({ create: "exit 1" })), stdout: "", stderr: "" });
    await assert.rejects(plugin.delete({ ...(await inputs({ delete: "exit 4" })), stdout: "", stderr: "" }), /exited with status 4/);
  });

  it("runs nothing in a preview, where outputs are unknown", async () => {
    const given = await inputs({ create: "echo created >> ran", update: UNKNOWN });
    const { state } = await plugin.create(given, true);
    assert.deepEqual(state, { ...given, stdout: UNKNOWN, stderr: UNKNOWN });
    const updated = await plugin.update({ ...given, stdout: "a", stderr: "b" }, await inputs({ create: UNKNOWN }), true);
    assert.deepEqual([updated["create"], updated["stdout"], updated["stderr"]], [UNKNOWN, UNKNOWN, UNKNOWN]);
    assert.equal(ran(), "");
  });

  it("fails before the command if the server refuses a variable of `environment`", async () => {
    await assert.rejects(plugin.create(await inputs({ create: "echo created >> ran", environment: { PLACE: "home" } })), {
      message: 'could not set environment variable "PLACE": ssh: setenv failed',
    });
    assert.equal(ran(), "");
    const [entry] = plugin.logs;
    assert.match(entry?.message ?? "", /^Unable to set 'PLACE'\./);
    assert.deepEqual([entry?.severity, entry?.ephemeral, entry?.urn], ["error", false, URN]);
  });

  it("warns if the server refuses the previous output, and continues", async () => {
    const state = { ...(await inputs({})), stdout: secret("out"), stderr: "err" };
    assert.equal((await plugin.update(state, await inputs({ create: "echo on" })))["stdout"], "on");
    const warnings = plugin.logs.filter(({ severity }) => severity === "warning");
    assert.deepEqual(
      warnings.map(({ message, ephemeral }) => [message.slice(0, 37), ephemeral]),
      [
        ["Unable to set 'PULUMI_COMMAND_STDOUT'", false],
        ["Unable to set 'PULUMI_COMMAND_STDERR'", false],
      ],
    );
    plugin.logs.splice(0);
    await plugin.update(state, await inputs({ create: "true", addPreviousOutputInEnv: false }));
    await plugin.update({ ...state, stdout: "", stderr: "" }, await inputs({ create: "true" }));
    assert.deepEqual(plugin.logs, []);
  });

  for (const [logging, shown] of Object.entries({ stdout: ["o"], stderr: ["e"], stdoutAndStderr: ["e", "o"], none: [], "": ["e", "o"] })) {
    it(`shows the engine ${shown.join(" and ") || "nothing"} with logging ${logging || "left out"}`, async () => {
      const { state } = await plugin.create(await inputs({ create: "echo o; echo e >&2", ...(logging === "" ? {} : { logging }) }));
      assert.deepEqual([state["stdout"], state["stderr"]], ["o", "e"]);
      assert.deepEqual(plugin.logs.map(({ message }) => message).sort(), shown);
      assert.ok(plugin.logs.every(({ severity, ephemeral }) => severity === "info" && ephemeral));
    });
  }

  it("leaves a running command alone when the engine cancels", async () => {
    const patient = await startPlugin();
    try {
      const running = patient.create(await inputs({ create: "echo started >> ran; while [ ! -e go ]; do sleep 0.05; done; echo done" }));
      await eventually("the command to start", () => ran() === "started\n");
      await patient.cancel();
      fs.writeFileSync(path.join(dropbear.home, "go"), "");
      assert.equal((await running).state["stdout"], "done");
    } finally {
      patient.stop();
    }
  });

  it("reports each change to the engine, and a replacement if triggers are added or removed", async () => {
    const given = await inputs({ create: "c" });
    const { Kind } = rpc.PropertyDiff;
    const shown = async (more: Properties) => {
      const diff = await plugin.diff({ ...given, stdout: "", stderr: "" }, { ...given, ...more });
      const kinds = diff.getDetaileddiffMap().toObject(false, (_, change) => change);
      return [
        diff.getChanges(),
        diff.getHasdetaileddiff(),
        diff.getReplacesList(),
        kinds.map(([name, change]) => [name, change.getKind()]),
      ];
    };
    const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
    assert.deepEqual(await shown({}), [DIFF_NONE, true, [], []]);
    assert.deepEqual(await shown({ create: "d" }), [DIFF_SOME, true, [], [["create", Kind.UPDATE]]]);
    assert.deepEqual(await shown({ triggers: ["t"] }), [DIFF_SOME, true, ["triggers"], [["triggers", Kind.ADD_REPLACE]]]);
  });

  it("returns its input on read", async () => {
    const state = Struct.fromJavaScript({ connection: secret({ host: "gone" }), stdout: "s" });
    const request = new rpc.ReadRequest().setId("id").setUrn(URN).setProperties(state).setInputs(state);
    const read = await call<rpc.ReadResponse>((reply) => plugin.client.read(request, reply));
    assert.deepEqual([read.getId(), read.getProperties()?.toJavaScript()], ["id", state.toJavaScript()]);
  });

  it("reports its version, and refuses what it does not serve", async () => {
    const about = await call<PluginInfo>((reply) => plugin.client.getPluginInfo(new Empty(), reply));
    assert.equal(about.getVersion(), "1.2.1");
    await assert.rejects(plugin.check({}, URN.replace("remote:Command", "local:Command")), {
      message:
        "The lab's command provider serves command:remote:Command only, not command:local:Command: install the official command provider for it.",
    });
    const request = new rpc.InvokeRequest().setTok("command:local:run");
    await assert.rejects(
      call((reply) => plugin.client.invoke(request, reply)),
      /and has no functions\.$/,
    );
  });
});
