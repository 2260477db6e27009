import assert from "node:assert/strict";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { secret, UNKNOWN, type Properties } from "../../../lab/command-provider/values";
import { contract } from "./contract";
import type { Plugin } from "./plugin";

const { Kind } = rpc.PropertyDiff;
const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;

contract("a change of a remote command's inputs", (subject) => {
  let plugin: Plugin;
  before(async () => {
    plugin = await subject.start();
  });
  after(() => plugin?.stop());

  const inputs = {
    connection: secret({ host: "a", privateKey: secret("k") }),
    create: "c",
    triggers: ["x", "y"],
    environment: { A: "1" },
  };
  const state = { ...inputs, stdout: "s", stderr: "" };

  /** Returns what the engine learns: the paths with the kinds of change, the changed inputs, and those that need a replacement. */
  async function shown(news: Properties, olds: Properties = state, oldInputs?: Properties) {
    const diff = await plugin.diff(olds, news, oldInputs);
    const paths = diff.getDetaileddiffMap().toObject(false, (_, change) => change);
    assert.equal(diff.getHasdetaileddiff(), true);
    assert.equal(diff.getChanges(), paths.length === 0 ? DIFF_NONE : DIFF_SOME);
    assert.equal(diff.getDeletebeforereplace(), false);
    return {
      paths: Object.fromEntries(paths.map(([path, change]) => [path, change.getKind()])),
      inputs: diff.getDiffsList().sort(),
      replaced: diff.getReplacesList().sort(),
    };
  }

  const cases: [what: string, news: Properties, paths: Record<string, number>, inputs: string[], replaced?: string[]][] = [
    ["nothing if the inputs equal the old ones", inputs, {}, []],
    ["a changed text in place", { ...inputs, create: "d" }, { create: Kind.UPDATE }, ["create"]],
    [
      "the connection as a whole, in place",
      { ...inputs, connection: secret({ host: "b", privateKey: secret("k") }) },
      { connection: Kind.UPDATE },
      ["connection"],
    ],
    [
      "a key that is no longer a secret of its own",
      { ...inputs, connection: secret({ host: "a", privateKey: "k" }) },
      { connection: Kind.UPDATE },
      ["connection"],
    ],
    [
      "an added and a removed input",
      { connection: inputs.connection, create: "c", triggers: ["x", "y"], stdin: "i" },
      { stdin: Kind.ADD, environment: Kind.DELETE },
      ["environment", "stdin"],
    ],
    [
      "variables by their names",
      { ...inputs, environment: { A: "2", "B-C": "2" } },
      { "environment.A": Kind.UPDATE, 'environment["B-C"]': Kind.ADD },
      ["environment"],
    ],
    [
      "a trigger by its index, for the SDK to replace, beside another input",
      { ...inputs, stdin: "i", triggers: ["x", "z"] },
      { stdin: Kind.ADD, "triggers[1]": Kind.UPDATE },
      ["stdin", "triggers"],
    ],
    ["an added trigger by its index", { ...inputs, triggers: ["x", "y", "z"] }, { "triggers[2]": Kind.ADD }, ["triggers"]],
    [
      "removed triggers as a replacement",
      { ...inputs, triggers: undefined as never },
      { triggers: Kind.DELETE_REPLACE },
      ["triggers"],
      ["triggers"],
    ],
    ["an input that becomes unknown", { ...inputs, create: UNKNOWN }, { create: Kind.UPDATE }, ["create"]],
    ["an input that becomes secret", { ...inputs, create: secret("c") }, { create: Kind.UPDATE }, ["create"]],
    ["nothing for a secret that is not known yet", { ...inputs, create: secret(UNKNOWN) }, {}, []],
  ];
  for (const [what, news, paths, changed, replaced = []] of cases) {
    const given = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== undefined));
    it(`shows ${what}`, async () => {
      assert.deepEqual(await shown(given), { paths, inputs: changed, replaced });
    });
  }

  it("shows added triggers as a replacement", async () => {
    const { triggers, ...without } = inputs;
    assert.deepEqual(await shown({ ...without, triggers }, { ...without, stdout: "", stderr: "" }), {
      paths: { triggers: Kind.ADD_REPLACE },
      inputs: ["triggers"],
      replaced: ["triggers"],
    });
  });

  it("compares with the old inputs if the engine sends them, and not with the state", async () => {
    assert.deepEqual((await shown(inputs, { ...state, create: "other" }, inputs)).paths, {});
    assert.deepEqual((await shown(inputs, state, { ...inputs, create: "other" })).paths, { create: Kind.UPDATE });
  });

  it("is none between what the stand-in and the official release store for the same program", async () => {
    const given = {
      connection: { host: "192.0.2.1", user: "admin", privateKey: "k", dialErrorLimit: 0 },
      create: "c",
      addPreviousOutputInEnv: false,
    };
    // What release 1.2.1 stores, by its sources and by states that it wrote.
    const stored = {
      addPreviousOutputInEnv: false,
      connection: secret({ dialErrorLimit: 0, host: "192.0.2.1", perDialTimeout: 15, port: 22, privateKey: secret("k"), user: "admin" }),
      create: "c",
    };
    const { inputs: checked } = await plugin.check(given);
    assert.deepEqual(checked, stored);
    assert.deepEqual((await shown(checked, { ...stored, stdout: "", stderr: "" })).paths, {});
  });
});
