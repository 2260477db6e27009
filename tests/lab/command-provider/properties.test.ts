import assert from "node:assert/strict";
import * as fs from "node:fs";
import { diffInputs } from "../../../lab/command-provider/diff";
import { checkInputs, INPUTS } from "../../../lab/command-provider/inputs";
import { schema } from "../../../lab/command-provider/schema";
import { isSecret, reveal, secret, UNKNOWN, withoutNulls, type Properties } from "../../../lab/command-provider/values";

describe("inputs of the command provider", () => {
  it("are those of the SDK, and the same in the schema", () => {
    const sdk = fs.readFileSync(require.resolve("@pulumi/command/remote/command.js"), "utf8");
    const names = new Set([...sdk.matchAll(/resourceInputs\["(\w+)"\] = args/g)].map((match) => match[1]));
    assert.deepEqual(new Set(Object.keys(INPUTS)), names);
    const types = fs.readFileSync(require.resolve("@pulumi/command/types/input.d.ts"), "utf8");
    const [connection, proxy] = types
      .split("interface ProxyConnectionArgs")
      .map((text) => new Set([...text.matchAll(/^ {8}(\w+)\??: pulumi/gm)].map((m) => m[1])));
    assert.deepEqual(new Set(Object.keys(INPUTS["connection"]?.fields ?? {})), connection);
    assert.deepEqual(new Set(Object.keys(INPUTS["connection"]?.fields?.["proxy"]?.fields ?? {})), proxy);
    const { resources } = JSON.parse(schema("1.2.1")) as { resources: Record<string, { inputProperties: object }> };
    assert.deepEqual(Object.keys(resources["command:remote:Command"]?.inputProperties ?? {}).sort(), [...names].sort());
  });

  it("get the defaults of release 1.2.1, including the proxy's, and a secret connection", () => {
    const { inputs, failures } = checkInputs({ connection: { host: "192.0.2.1", proxy: { host: "192.0.2.2", port: 2222 } } });
    const common = { dialErrorLimit: 10, perDialTimeout: 15, user: "root" };
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs, {
      addPreviousOutputInEnv: true,
      connection: secret({ ...common, host: "192.0.2.1", port: 22, proxy: { ...common, host: "192.0.2.2", port: 2222 } }),
    });
  });

  it("keep secrets and unknowns", () => {
    const given = { connection: secret({ host: UNKNOWN, password: secret("p") }), create: secret("make"), environment: UNKNOWN };
    const { inputs, failures } = checkInputs(given);
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs["create"], secret("make"));
    assert.equal(inputs["environment"], UNKNOWN);
    assert.ok(isSecret(inputs["connection"]));
    const connection = reveal(inputs["connection"] ?? null) as Properties;
    assert.deepEqual([connection["host"], connection["password"], connection["port"]], [UNKNOWN, "p", 22]);
  });

  it("are rejected all at once, by path and without their values", () => {
    const wrong = { connection: secret({ hots: "hidden", port: "hidden" }), create: 7, environment: { A: 1 }, update: "ok" };
    const { failures } = checkInputs(wrong);
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["connection.hots", "connection.port", "connection.host", "create", "environment.A"],
    );
    assert.equal(failures[2]?.reason, '"connection.host" is missing: give it');
    assert.equal(failures[3]?.reason, '"create" must be of type string');
    assert.ok(!JSON.stringify(failures).includes("hidden"));
  });

  it("treat a null in an object as not given", () => {
    assert.deepEqual(withoutNulls({ a: null, b: { c: null, d: [null, 1] } }), { b: { d: [null, 1] } });
  });
});

describe("the command provider's diff", () => {
  const state = { connection: secret({ host: "a" }), create: "c", triggers: ["x", "y"], environment: { A: "1" }, stdout: "s", stderr: "" };
  const inputs = { connection: secret({ host: "a" }), create: "c", triggers: ["x", "y"], environment: { A: "1" } };
  const cases: [what: string, inputs: Properties, changes: [path: string, change: string, replace: boolean][]][] = [
    ["nothing if the inputs equal the state's", inputs, []],
    ["a changed text in place", { ...inputs, create: "d" }, [["create", "update", false]]],
    ["the connection as a whole, in place", { ...inputs, connection: secret({ host: "b" }) }, [["connection", "update", false]]],
    [
      "an added and a removed input",
      { connection: inputs.connection, create: "c", triggers: ["x", "y"], stdin: "i" },
      [
        ["stdin", "add", false],
        ["environment", "delete", false],
      ],
    ],
    ["a variable by its name", { ...inputs, environment: { A: "1", "B-C": "2" } }, [['environment["B-C"]', "add", false]]],
    ["a trigger by its index, for the SDK to replace", { ...inputs, triggers: ["x", "z"] }, [["triggers[1]", "update", false]]],
    ["removed triggers as a replacement", { ...inputs, triggers: undefined as never }, [["triggers", "delete", true]]],
    ["an input that becomes unknown", { ...inputs, create: UNKNOWN }, [["create", "update", false]]],
    ["an input that becomes secret", { ...inputs, create: secret("c") }, [["create", "update", false]]],
  ];
  for (const [what, news, changes] of cases) {
    it(`shows ${what}`, () => {
      const found = diffInputs(state, news).map(({ path, change, replace }) => [path, change, replace]);
      assert.deepEqual(found.sort(), [...changes].sort());
    });
  }
});
