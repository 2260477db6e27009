/** Tests every place of a stack file with an encrypted value in it: none is printed, and none is deployed as if it were plain. */
import assert from "node:assert/strict";
import { parseDocument } from "yaml";

import { parseHousehold, parseWithOthers } from "../../config/household";
import { PROJECT } from "../../config/file-names";
import { pathText } from "../../config/path";
import { PlanError } from "../../config/problem";
import { replaceSecrets, withSecretKeys } from "../../config/secret-places";
import { readStackFile } from "../../config/stack-file";
import { fixtures } from "../support/fixtures";
import { leavesOf, type Leaf } from "../support/schema-fields";

const every = fixtures("valid").find(({ name }) => name.startsWith("every-field"))?.files[0];
assert.ok(every);
const { file, text } = every;
const { config } = readStackFile(every);

/** Returns the stack file with an encrypted value at a path. */
function encryptedAt([section, ...rest]: Leaf["path"], secure: string): string {
  const document = parseDocument(text);
  document.setIn(["config", `${PROJECT}:${section}`, ...rest], document.createNode({ secure }));
  return document.toString();
}

/** Returns all paths: of each value, and of each section and object around it. */
const paths = new Map(
  leavesOf(config).flatMap(({ path }) => path.map((_, index) => path.slice(0, index + 1)).map((one) => [pathText(one), one] as const)),
);

const refusal = (work: () => unknown): string => {
  try {
    work();
    return "";
  } catch (error) {
    if (error instanceof PlanError) return error.message;
    throw error;
  }
};

/** The places that a secret may be in, by the start of their paths. */
const SECRET =
  /^(cluster\.kubeconfig|router\.(password|privateKey)|metallb\.values\.speaker\.(logLevel|frr(\.enabled)?)|metallb\.values\.speaker)$/;

describe("an encrypted value of a stack file", () => {
  it("is tested in many places", () => assert.ok(paths.size > 70, `${paths.size}`));

  for (const [path, keys] of paths) {
    const may = SECRET.test(path);
    it(`${may ? "stays a secret" : "is refused in one sentence"}: ${path}`, () => {
      const own = { ...every, text: encryptedAt(keys, "v1:ciphertext:ciphertext") };
      // With the ciphertext, as commands read the file that need no passphrase.
      const message = refusal(() => parseHousehold([own]));
      // With the value itself, as the engine passes it.
      const decrypted = refusal(() => parseWithOthers("every-field", config, [{ ...own, file: "Pulumi.every-field.yaml" }]));
      for (const one of may ? [] : [message, decrypted]) {
        const lines = one.split("\n").filter((line) => line.includes(` ${path} = `));
        assert.equal(lines.length, 1, one);
        assert.match(lines[0] ?? "", /:\d+: .* = an encrypted value: not a secret, and needed here; set it again with .*without --secret$/);
      }
      if (!may) return assert.doesNotMatch(message, /ciphertext/);
      assert.deepEqual([message, decrypted], ["", ""]);
      const [parsed] = parseHousehold([own]);
      assert.doesNotMatch(
        JSON.stringify(parsed?.plan, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value)),
        /ciphertext/,
      );
      if (path.startsWith("metallb")) assert.match(JSON.stringify(parsed?.plan.metallb.values), /\[secret\]/);
    });
  }

  it("is refused where the program reads the chart's values itself", () => {
    for (const key of ["loadBalancerClass", "speaker.tolerations", "speaker.tolerateMaster", "speaker.ignoreExcludeLB"]) {
      const own = { ...every, text: encryptedAt(["metallb", "values", ...key.split(".")], "v1:ciphertext") };
      assert.match(
        refusal(() => parseHousehold([own])),
        new RegExp(`metallb\\.values\\.${key} = an encrypted value: not a secret`),
      );
    }
  });

  it("is wrapped in the chart's values, and is nowhere in the plan", () => {
    const own = { ...every, text: encryptedAt(["metallb", "values", "speaker", "env", "TOKEN"], "v1:c"), file: "Pulumi.every-field.yaml" };
    const values = { speaker: { env: { TOKEN: "hunter2", other: "plain" } }, list: ["a", { b: "c" }] };
    const given = { ...config, metallb: { ...(config["metallb"] as object), values } };
    const { parsed } = parseWithOthers("every-field", given, [own]);
    assert.deepEqual(
      parsed.values((secret) => ({ wrapped: secret })),
      {
        ...values,
        speaker: { env: { TOKEN: { wrapped: "hunter2" }, other: "plain" } },
      },
    );
    assert.deepEqual(parsed.plan.metallb.values, { ...values, speaker: { env: { TOKEN: "[secret]", other: "plain" } } });
  });

  it("may come from elsewhere than the stack file: then each of the chart's values counts as secret, and other keys are refused", () => {
    const values = { a: "1", b: [{ c: "2" }], loadBalancerClass: "x", speaker: { tolerations: [] } };
    const secrets = withSecretKeys(new Set(["router.password"]), ["router", "cluster", "metallb"], { metallb: { values } });
    assert.deepEqual([...secrets], ["router.password", "metallb.values.a", "metallb.values.b[0].c"]);
    assert.deepEqual(
      replaceSecrets(values, secrets, () => "x"),
      { ...values, a: "x", b: [{ c: "x" }] },
    );
    const message = refusal(() =>
      parseWithOthers("every-field", config, [{ file, text }], ["pools", "reserved", "router", "cluster", "metallb"]),
    );
    assert.equal(message.split("\n").length, 3, message);
    for (const key of ["pools", "reserved"]) assert.match(message, new RegExp(` ${key} = an encrypted value: not a secret`));
  });
});
