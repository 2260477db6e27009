import assert from "node:assert/strict";

import { readStackFile } from "../../config/stack-file";
import { parseYaml } from "../../config/yaml";

const SECRET = "hunter2secret";
const inRouter = (...lines: string[]) => ["config:", "  homelab-network:router:", ...lines.map((line) => `    ${line}`), ""].join("\n");

const nested = (levels: number, of = "") => `${"[".repeat(levels)}${of}${"]".repeat(levels)}`;

/** Returns the problems as `line: path: rule`. */
function problemsOf(text: string): string[] {
  const { problems } = readStackFile({ file: "Pulumi.lab-dev.yaml", text });
  for (const { value, fix } of problems) assert.deepEqual([value, fix !== ""], ["(not shown)", true]);
  return problems.map(({ line, path, rule }) => `${line}: ${path}: ${rule}`);
}

const laughs = ["a: &a [x, x, x, x, x, x, x, x, x, x]", ..."bcdefgh".split("").map((name, index) => laugh(name, "abcdefg"[index] ?? ""))];
function laugh(name: string, of: string): string {
  return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${of}`).join(", ")}]`;
}

describe("YAML with unusable content", () => {
  const cases: readonly (readonly [what: string, text: string, problem: string])[] = [
    [
      "an alias without an anchor",
      inRouter(`password: *${SECRET}`),
      "3: router.password: an alias without an anchor of this name before it",
    ],
    ["an alias before its anchor", inRouter("a: *x", "b: &x 1"), "3: router.a: an alias without an anchor of this name before it"],
    ["an alias of itself", inRouter("a: &x [1, *x]"), "3: router.a[1]: an alias within the value that it stands for"],
    ["an alias of what it is in", inRouter("a: &x { b: { c: *x } }"), "3: router.a.b.c: an alias within the value that it stands for"],
    ["a merge of itself", inRouter("a: &x { <<: *x }"), '3: router.a["<<"]: an alias within the value that it stands for'],
    ["an alias as a key", inRouter(`*${SECRET} : 1`), "3: router: an alias without an anchor of this name before it"],
    ["a billion characters", inRouter(...laughs), "8: router.f[3]: the aliases stand for more than 1,000,000 characters"],
    ["a merge of a text", inRouter(`<<: ${SECRET}`), '3: router["<<"]: << takes an alias of an object, or a list of them'],
    ["a merge of nothing", "<<:\n", '1: ["<<"]: << takes an alias of an object, or a list of them'],
    ["a merge of a list of texts", "a: { <<: [x] }\n", '1: a["<<"]: << takes an alias of an object, or a list of them'],
    ["a merge of an alias of a text", "a: &x 1\nb: { <<: *x }\n", '2: b["<<"]: << takes an alias of an object, or a list of them'],
    ["a key that is an object", inRouter(`? { ${SECRET}: 1 }`, ": 2"), "3: router: a key that is a list or an object"],
    ["a key twice", inRouter("host: a", `"host": ${SECRET}`), "4: router.host: the same key as on line 3"],
    ["two documents", "a: 1\n---\nb: 1\n", "2: config: not YAML: several documents, but Pulumi reads only the first"],
    ["200 levels", `a: ${"[".repeat(200)}${"]".repeat(200)}\n`, `1: a${"[0]".repeat(99)}: nested more than 100 levels deep`],
    [
      "200 levels by aliases",
      inRouter(`a: &a ${nested(60)}`, `b: ${nested(60, "*a")}`),
      `4: router.b${"[0]".repeat(60)}: nested more than 100 levels deep`,
    ],
    ["50,000 levels", `a: ${"[".repeat(50_000)}${"]".repeat(50_000)}\n`, "1: config: nested too deeply to be read"],
  ];
  for (const [what, text, problem] of cases) {
    it(`reports a line for ${what}`, () => {
      const [first = "", ...more] = problemsOf(text);
      assert.equal(first, problem);
      for (const line of [first, ...more]) assert.doesNotMatch(line, new RegExp(SECRET));
    });
  }

  const syntax: readonly (readonly [value: string, rule: RegExp])[] = [
    [`@${SECRET}`, /begins with a character that is reserved/],
    [`%${SECRET}`, /begins with a character that is reserved/],
    [`"${SECRET}`, /a quote, a bracket or a colon is missing/],
    [`'a'${SECRET}`, /text where YAML allows none/],
    [`|${SECRET}`, /text where YAML allows none/],
    [`{${SECRET}`, /indentation is wrong, or a bracket is not closed/],
    [`${SECRET}: 1`, /a second key, or a colon with a space after it/],
    [`"\\x${SECRET}"`, /unknown escape sequence/],
    [`&${SECRET} *${SECRET}`, /an alias has an anchor/],
    [`&a &${SECRET} b`, /two anchors/],
    [`!a !${SECRET} b`, /two tags/],
    [`!!timestamp ${SECRET}`, /a tag that does not suit its value/],
  ];
  for (const [value, rule] of syntax) {
    it(`reports a line without the password for password: ${value}`, () => {
      const lines = problemsOf(inRouter(`password: ${value}`));
      assert.match(lines[0] ?? "", /^[34]: config: not YAML: /);
      assert.match(lines[0] ?? "", rule);
      assert.doesNotMatch(lines.join("\n"), new RegExp(SECRET));
    });
  }
});

describe("YAML", () => {
  it("may have 120 aliases of one text", () => {
    const text = ["a: &x text", ...Array.from({ length: 120 }, (_, index) => `b${index}: *x`), ""].join("\n");
    assert.equal(Object.values(parseYaml(text).content as object).filter((value) => value === "text").length, 121);
  });

  it("may define an anchor twice", () => assert.deepEqual(parseYaml("[&x 1, *x, &x 2, *x]").content, [1, 1, 2, 2]));

  it("may merge several objects", () => {
    const text = "a: &a { x: 1, y: 1 }\nb: &b { x: 2, z: 2 }\nc: { <<: [*a, *b], y: 3 }\n";
    assert.deepEqual((parseYaml(text).content as { c: unknown }).c, { x: 1, z: 2, y: 3 });
  });

  it("is parsed in time proportional to its length, whatever it repeats", () => {
    const many = (line: (index: number) => string, count: number) => Array.from({ length: count }, (_, index) => line(index)).join("");
    const texts = [
      many((index) => `key${index}: 1\n`, 20_000),
      `a: &a 1\nb: [${many(() => "*a, ", 20_000)}]\n`,
      many(() => "a:\n", 20_000),
    ];
    for (const text of texts) {
      const start = process.cpuUsage();
      parseYaml(text);
      // Comparing each key with each takes ten seconds.
      assert.ok(process.cpuUsage(start).user < 3_000_000, text.slice(0, 20));
    }
  });
});
