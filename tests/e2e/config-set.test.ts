import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

import { PROJECT } from "../../config/file-names";
import { repository } from "../../config/project";
import { parseStackConfig, type ParsedStack } from "../../config/parse";
import { parseHousehold } from "../../config/household";
import { pathText } from "../../config/path";
import { Clone } from "../support/clone";
import { fixtures } from "../support/fixtures";
import { PRIVATE_KEY } from "../support/home";
import { configFields, fieldPath, leavesOf, type Leaf } from "../support/schema-fields";

const guide = fs.readFileSync(path.join(repository, "docs", "how-to", "stacks.md"), "utf8");
/** A secret is a text, even if it looks like a number, as this one does. */
const SECRET = "4711";
const secretFields = new Set(configFields().flatMap(({ path, field }) => (field.writeOnly === true ? [path] : [])));
const isSecret = (leaf: Leaf) => secretFields.has(fieldPath(leaf));

/** Returns the leaves of a fixture, with a secret in place of each encrypted value, whose stack does not exist. */
function leavesOfFixture(text: string): Leaf[] {
  const { config } = parse(text) as { config: Record<string, unknown> };
  const sections = Object.entries(config).map(([key, section]) => [key.replace(`${PROJECT}:`, ""), section]);
  return leavesOf(Object.fromEntries(sections)).map((leaf) => (typeof leaf.value === "object" ? { ...leaf, value: SECRET } : leaf));
}

/** Returns the CLI's flags for a value: it reads texts that look like numbers or booleans as such, and everything else, fractions too, as text. */
function typeOf(value: unknown): string[] {
  if (typeof value === "string") return /^([+-]?\d+|true|false)$/.test(value) ? ["--type", "string"] : [];
  return typeof value === "number" && !Number.isInteger(value) ? ["--type", "float"] : [];
}

/** Returns the leaves in their order, in groups of those that "config set-all" can set together: it has no flag for a value's type. */
function withoutTypes(leaves: readonly Leaf[]): Leaf[][] {
  const groups: Leaf[][] = [];
  let open: Leaf[] | undefined;
  for (const leaf of leaves) {
    const isPlain = typeOf(leaf.value).length === 0;
    if (open !== undefined && isPlain) open.push(leaf);
    else groups.push((open = [leaf]));
    if (!isPlain) open = undefined;
  }
  return groups;
}

describe("pulumi config set and set-all, with the real CLI", () => {
  const env = { PULUMI_CONFIG_PASSPHRASE_FILE: ".pulumi-passphrase" };
  let clone: Clone;

  before(async () => {
    clone = await Clone.make();
    const { exitCode, all } = await clone.run("make", ["-s", "init"]);
    assert.equal(exitCode, 0, all);
  });
  after(() => clone?.remove());

  /** Runs the CLI on a stack. @throws with the whole output if it fails */
  async function pulumi(stack: string, args: readonly string[]): Promise<string> {
    const { exitCode, all, stdout } = await clone.run("pulumi", args, { env: { ...env, PULUMI_STACK: stack } });
    assert.equal(exitCode, 0, `pulumi ${args.join(" ")}: ${all}`);
    return stdout;
  }
  const file = (stack: string) => `Pulumi.${stack}.yaml`;
  /** Returns the plan of a stack file as "make plan" reads it. */
  function planOf(stack: string): ParsedStack["plan"] {
    const [parsed] = parseHousehold([{ file: file(stack), text: clone.read(file(stack)) }]);
    assert.ok(parsed);
    return parsed.plan;
  }
  /** Returns the stack as the program gets it from the engine, with its secrets. */
  async function asTheProgramHasIt(stack: string): Promise<ParsedStack> {
    const all = JSON.parse(await pulumi(stack, ["config", "--json", "--show-secrets"])) as Record<string, { value: string }>;
    const config = Object.entries(all).map(([key, { value }]) => [key.replace(`${PROJECT}:`, ""), JSON.parse(value) as unknown]);
    return parseStackConfig(stack, Object.fromEntries(config) as Record<string, unknown>);
  }

  for (const { name, files } of fixtures("valid").filter(({ name }) => ["every-field", "secrets"].includes(name))) {
    for (const { how, prefix, encrypt } of [
      { how: "by the paths of our messages, secrets encrypted", prefix: "", encrypt: true },
      { how: "by paths with the project's name, several at once, secrets in plain text", prefix: `${PROJECT}:`, encrypt: false },
    ]) {
      it(`creates ${name} from an empty file, ${how}`, async () => {
        const leaves = files.flatMap(({ text }) => leavesOfFixture(text));
        await pulumi(name, ["stack", "select", "--create", name]);
        fs.rmSync(clone.file(file(name)), { force: true });
        const setOne = (leaf: Leaf) => {
          const options = encrypt && isSecret(leaf) ? ["--secret"] : typeOf(leaf.value);
          return pulumi(name, ["config", "set", "--path", ...options, `${prefix}${pathText(leaf.path)}`, "--", String(leaf.value)]);
        };
        const setAll = (several: readonly Leaf[]) =>
          pulumi(name, [
            ...["config", "set-all", "--path"],
            ...several.flatMap(({ path, value }) => ["--plaintext", `${prefix}${pathText(path)}=${String(value)}`]),
          ]);
        if (encrypt) for (const leaf of leaves) await setOne(leaf);
        else for (const several of withoutTypes(leaves)) await (several.length === 1 ? setOne(several[0]!) : setAll(several));
        const text = clone.read(file(name));
        assert.equal(text.match(/ secure: /g)?.length ?? 0, encrypt ? leaves.filter(isSecret).length : 0, text);
        const [expected] = parseHousehold(files);
        assert.ok(expected);
        assert.deepEqual(planOf(name), expected.plan);
        const { plan, credentials, kubeconfig } = await asTheProgramHasIt(name);
        assert.deepEqual([plan, kubeconfig], [expected.plan, expected.kubeconfig]);
        const clear = Object.keys(expected.credentials).filter((key) => secretFields.has(`.router.${key}`));
        assert.deepEqual(credentials, { ...expected.credentials, ...Object.fromEntries(clear.map((key) => [key, SECRET])) });
      });
    }
  }

  it("works as docs/how-to/stacks.md describes", async () => {
    const [, chapter = ""] = /^## Change a stack\n(.*?)^## /ms.exec(guide) ?? [];
    const commands = chapter.split("\n").flatMap((line) => /^ {4}(pulumi config .*)/.exec(line)?.[1] ?? []);
    assert.equal(commands.length, 12);
    fs.mkdirSync(clone.file(".ssh"));
    fs.writeFileSync(clone.file(".ssh/id_ed25519"), PRIVATE_KEY);
    for (const command of commands) {
      const { exitCode, all } = await clone.run("sh", ["-c", command], { env, input: "correct horse\n" });
      assert.equal(exitCode, 0, `${command}: ${all}`);
    }
    const { plan, credentials } = await asTheProgramHasIt("lab-dev");
    assert.deepEqual(plan, planOf("lab-dev"));
    assert.deepEqual(credentials, { password: "correct horse", privateKey: PRIVATE_KEY.trimEnd() });
    const [pool] = plan.pools;
    assert.deepEqual(
      pool?.addresses.map(({ text }) => text),
      ["10.5.0.0/24", "10.5.1.0/24"],
    );
    assert.deepEqual(pool?.serviceAllocation, {
      serviceSelectors: [{ matchLabels: { "app.kubernetes.io/part-of": "media" } }],
      namespaceSelectors: [{ matchLabels: { vlan: "50" } }],
    });
    assert.deepEqual(plan.metallb.values, { controller: { resources: { limits: { cpu: 0.5 } } } });
    assert.deepEqual(plan.advertisements[0]?.nodeSelectors, [{}]);
    assert.deepEqual(plan.reserved.services, []);
  });
});
