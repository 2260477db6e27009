import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isSecret, secret, UNKNOWN, type Properties } from "../../../lab/command-provider/values";
import { ed25519 } from "../../../lab/ssh-key";
import { contract } from "./contract";
import { eventually, freePort, startDropbear, USER, type Dropbear } from "./dropbear";
import { call, URN, type Plugin } from "./plugin";

contract("a remote command on dropbear", (subject) => {
  const key = ed25519();
  let dropbear: Dropbear;
  let plugin: Plugin;

  before(async () => {
    dropbear = await startDropbear([key.public]);
    plugin = await subject.start();
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
    // Go reads both streams at the same time, so that their lines have no fixed order.
    const failure = plugin.create(await inputs({ create: "echo 'to out'\necho to err >&2; exit 3" })).then(
      () => assert.fail("the command succeeded"),
      (error: Error) => error.message,
    );
    const [first, ...output] = (await failure).split("\n");
    assert.equal(first, `Process exited with status 3: running "echo 'to out'\\necho to err >&2; exit 3":`);
    assert.deepEqual(output.sort(), ["", "to err", "to out"]);
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
    const kept = await plugin.update({ ...state, stdout: secret("old") }, await inputs({ delete: "true" }));
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

  it("runs nothing in a preview, where a creation's outputs are unknown", async () => {
    const given = await inputs({ create: "echo created >> ran", update: UNKNOWN });
    const { state } = await plugin.create(given, true);
    assert.deepEqual(state, { ...given, stdout: UNKNOWN, stderr: UNKNOWN });
    assert.equal(ran(), "");
  });

  it("shows an update's outputs in a preview as they are, unless an input is unknown, changed or removed", async () => {
    const given = await inputs({ create: "echo created >> ran", stdin: "i" });
    const outputs = async (more: Properties): Promise<unknown[]> => {
      const news = await inputs({ create: "echo created >> ran", ...more });
      const { stdout, stderr, ...others } = await plugin.update({ ...given, stdout: "a", stderr: "b" }, news, true);
      assert.deepEqual(others, news);
      return [stdout, stderr];
    };
    assert.deepEqual(await outputs({ stdin: "i" }), ["a", "b"]);
    assert.deepEqual(await outputs({ stdin: "i", delete: "added" }), ["a", "b"]);
    assert.deepEqual(await outputs({ stdin: UNKNOWN }), [UNKNOWN, UNKNOWN]);
    assert.deepEqual(await outputs({ stdin: "changed" }), [UNKNOWN, UNKNOWN]);
    assert.deepEqual(await outputs({}), [UNKNOWN, UNKNOWN]);
    assert.equal(ran(), "");
  });

  it("fails before the command if the server refuses a variable of `environment`", async () => {
    await assert.rejects(plugin.create(await inputs({ create: "echo created >> ran", environment: { PLACE: "home" } })), {
      message: 'could not set environment variable "PLACE": ssh: setenv failed',
    });
    assert.equal(ran(), "");
    const [entry] = plugin.logs;
    assert.equal(
      entry?.message,
      [
        "Unable to set 'PLACE'. This only works if your SSH server is configured to accept",
        "\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could",
        "\tprefix the command itself with the variables in the form 'VAR=value command'",
      ].join("\n"),
    );
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
    const patient = await subject.start();
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

  it("returns its input on read", async () => {
    const state = Struct.fromJavaScript({ connection: secret({ host: "gone" }), stdout: "s", stderr: "" });
    const request = new rpc.ReadRequest().setId("id").setUrn(URN).setProperties(state).setInputs(state);
    const read = await call<rpc.ReadResponse>((reply) => plugin.client.read(request, reply));
    assert.deepEqual([read.getId(), read.getProperties()?.toJavaScript()], ["id", state.toJavaScript()]);
  });
});
