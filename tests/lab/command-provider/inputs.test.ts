import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as grpc from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isSecret, reveal, secret, UNKNOWN, withoutNulls, type Properties } from "../../../lab/command-provider/values";
import { contract } from "./contract";
import { DIFFERENCES } from "./differences";
import { call, URN, type Plugin } from "./plugin";

contract("the inputs of a remote command", (subject) => {
  let plugin: Plugin;
  before(async () => {
    plugin = await subject.start();
  });
  after(() => plugin?.stop());

  it("are those of the SDK, in the schema", async () => {
    const sdk = fs.readFileSync(require.resolve("@pulumi/command/remote/command.js"), "utf8");
    const names = [...sdk.matchAll(/resourceInputs\["(\w+)"\] = args/g)].map((match) => match[1]);
    const types = fs.readFileSync(require.resolve("@pulumi/command/types/input.d.ts"), "utf8");
    const [connection, proxy] = types
      .split("interface ProxyConnectionArgs")
      .map((text) => new Set([...text.matchAll(/^ {8}(\w+)\??: pulumi/gm)].map((match) => match[1])));
    const answer = await call<rpc.GetSchemaResponse>((reply) => plugin.client.getSchema(new rpc.GetSchemaRequest(), reply));
    const schema = JSON.parse(answer.getSchema()) as Record<
      "resources" | "types",
      Record<string, { inputProperties: object; properties: object }>
    >;
    assert.deepEqual(new Set(Object.keys(schema.resources["command:remote:Command"]?.inputProperties ?? {})), new Set(names));
    assert.deepEqual(new Set(Object.keys(schema.types["command:remote:Connection"]?.properties ?? {})), connection);
    assert.deepEqual(new Set(Object.keys(schema.types["command:remote:ProxyConnection"]?.properties ?? {})), proxy);
  });

  it("get defaults, also for the proxy, and secrets inside the secret connection", async () => {
    const login = { password: "p", privateKey: "k", privateKeyPassword: secret("q") };
    const { inputs, failures } = await plugin.check({
      connection: { host: "192.0.2.1", hostKey: "h", ...login, proxy: { host: "192.0.2.2", port: 2222, password: "r" } },
      create: "make",
      triggers: ["t"],
    });
    const common = { dialErrorLimit: 10, perDialTimeout: 15, user: "root" };
    const secrets = { password: secret("p"), privateKey: secret("k"), privateKeyPassword: secret("q") };
    const proxy = { ...common, host: "192.0.2.2", port: 2222, password: secret("r") };
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs, {
      connection: secret({ ...common, ...secrets, host: "192.0.2.1", port: 22, hostKey: "h", proxy }),
      create: "make",
      triggers: ["t"],
    });
  });

  it("keep secrets, unknowns, and what is given as empty", async () => {
    const { inputs, failures } = await plugin.check({
      connection: secret({ host: UNKNOWN, password: secret("p"), user: "" }),
      create: secret("make"),
      environment: {},
      stdin: UNKNOWN,
      triggers: [UNKNOWN, null],
    });
    assert.deepEqual(failures, []);
    const { connection, ...others } = inputs;
    assert.deepEqual(others, { create: secret("make"), environment: {}, stdin: UNKNOWN, triggers: [UNKNOWN, null] });
    assert.ok(isSecret(connection));
    const { host, password, user, port } = reveal(connection ?? null) as Properties;
    assert.deepEqual([host, password, user, port], [UNKNOWN, "p", "", 22]);
  });

  it("lose the fraction of an integer, but not of a port", async () => {
    const { inputs } = await plugin.check({ connection: { host: "h", dialErrorLimit: 1.5, perDialTimeout: -0.5, port: 22.5 } });
    const { dialErrorLimit, perDialTimeout, port } = reveal(inputs["connection"] ?? null) as Properties;
    assert.deepEqual([dialErrorLimit, Math.abs(Number(perDialTimeout)), port], [1, 0, 22.5]);
  });

  const connection = { host: "h" };
  const wrong: [what: string, given: Properties, failures: Record<string, string>][] = [
    ["no connection", {}, { connection: "Missing required field 'connection' on 'remote.CommandInputs'" }],
    [
      "a connection that is no object",
      { connection: "hidden" },
      { connection: "Field 'connection' on 'remote.CommandInputs' must be a 'remote.Connection'; got 'string' instead" },
    ],
    [
      "values of another type",
      { connection, create: 7, stdin: true, logging: 1, environment: ["hidden"], addPreviousOutputInEnv: "hidden", triggers: "hidden" },
      {
        create: "Field 'create' on 'remote.CommandInputs' must be a 'string'; got 'float64' instead",
        stdin: "Field 'stdin' on 'remote.CommandInputs' must be a 'string'; got 'bool' instead",
        logging: "Field 'logging' on 'remote.CommandInputs' must be a 'remote.Logging'; got 'float64' instead",
        environment: "Field 'environment' on 'remote.CommandInputs' must be a 'map[string]string'; got '[]interface {}' instead",
        addPreviousOutputInEnv: "Field 'addPreviousOutputInEnv' on 'remote.CommandInputs' must be a 'bool'; got 'string' instead",
        triggers: "Field 'triggers' on 'remote.CommandInputs' must be a '[]interface {}'; got 'string' instead",
      },
    ],
    [
      "an object in the place of a text, and a number among texts",
      { connection, create: { hidden: true }, environment: { A: 1 } },
      {
        create:
          "An error occurred decoding 'CommandInputs.create': Cannot decode Object{} to type string; it isn't a struct, and no custom decoder exists",
        "environment[A] value": "Field 'environment[A] value' on 'remote.CommandInputs' must be a 'string'; got 'float64' instead",
      },
    ],
    ["an input that does not exist", { connection, run: "hidden" }, { run: "Unrecognized field 'run' on 'remote.CommandInputs'" }],
    [
      "several problems of a connection and its proxy",
      { connection: secret({ hots: "hidden", port: "hidden", dialErrorLimit: "hidden", proxy: { port: 22 } }), update: "ok" },
      {
        connection: [
          "An error occurred decoding 'CommandInputs.connection': 5 failures decoding:",
          "proxy: An error occurred decoding 'Connection.proxy': 1 failures decoding:",
          "host: Missing required field 'host' on 'remote.ProxyConnection'",
          "host: Missing required field 'host' on 'remote.Connection'",
          "port: Field 'port' on 'remote.Connection' must be a 'float64'; got 'string' instead",
          "dialErrorLimit: Field 'dialErrorLimit' on 'remote.Connection' must be a 'int'; got 'string' instead",
          "hots: Unrecognized field 'hots' on 'remote.Connection'",
        ].join("\n\t"),
      },
    ],
  ];
  for (const [what, given, expected] of wrong) {
    it(`are rejected for ${what}, in Go's words and without values`, async () => {
      const { failures } = await plugin.check(given);
      assert.deepEqual(Object.fromEntries(failures.map(({ property, reason }) => [property, reason])), expected);
    });
  }

  it("are secret but otherwise as given if they are rejected", async () => {
    const { inputs } = await plugin.check({ connection: { host: 1, password: "p" }, create: "c" });
    assert.deepEqual(inputs, { connection: secret({ host: 1, password: secret("p") }), create: "c" });
  });

  it("belong to a provider whose own inputs have its framework's version, and which leaves comparing them to the engine", async () => {
    const given = Struct.fromJavaScript({ version: "1.2.1" });
    const checked = await call<rpc.CheckResponse>((reply) => plugin.client.checkConfig(new rpc.CheckRequest().setNews(given), reply));
    assert.deepEqual(checked.getInputs()?.toJavaScript(), { version: "1.2.1", "__pulumi-go-provider-version": "1.2.0" });
    const request = new rpc.DiffRequest().setOlds(given).setNews(given);
    const code = await new Promise((resolve) => plugin.client.diffConfig(request, (error) => resolve(error?.code)));
    assert.equal(code, grpc.status.UNIMPLEMENTED);
  });

  it("belong to release 1.2.1, and to remote.Command only in the stand-in", async () => {
    const about = await call<PluginInfo>((reply) => plugin.client.getPluginInfo(new Empty(), reply));
    assert.equal(about.getVersion(), "1.2.1");
    const refusal = subject.own(DIFFERENCES.otherResource);
    const local = plugin.check({ create: "true" }, URN.replace("remote:Command", "local:Command"));
    if (refusal === undefined) {
      assert.deepEqual((await local).failures, []);
      return;
    }
    await assert.rejects(local, { message: refusal });
    const run = new rpc.InvokeRequest().setTok("command:local:run");
    await assert.rejects(
      call((reply) => plugin.client.invoke(run, reply)),
      /and has no functions\.$/,
    );
  });
});

describe("the stand-in's properties", () => {
  it("treat a null in an object as not given", () => {
    assert.deepEqual(withoutNulls({ a: null, b: { c: null, d: [null, 1] } }), { b: { d: [null, 1] } });
  });
});
