import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { PROJECT } from "../../../config/file-names";
import { readStackFile } from "../../../config/stack-file";
import { DATE, goScalar } from "../../../config/yaml-go";
import { Progress } from "../../../lab/progress";
import { provideTools } from "../../../lab/tools/toolbox";
import { scratchFolder } from "../scratch";

/** Texts without quotes. Between them, they take every branch of the rules. */
const texts = [
  ...["yes", "no", "on", "off", "y", "n", "true", "True", "TRUE", "tRUE", "false", "False", "FALSE", "~", "null", "Null", "NULL", "nULL"],
  ...[
    "0",
    "00",
    "007",
    "010",
    "022",
    "08",
    "089",
    "-012",
    "+12",
    "-0",
    "+0",
    "0x1F",
    "0X1f",
    "+0x1F",
    "-0x1F",
    "0x",
    "0x_1F",
    "0xZZ",
    "0x1p4",
  ],
  ...["0o10", "0O10", "-0o10", "0o8", "0b11", "0B11", "-0b11", "0b12", "1_000", "1__0", "_1", "1_", "1_a", "12345678901234567890"],
  ...["9223372036854775808", "+9223372036854775808", "-9223372036854775808", "99999999999999999999999"],
  ...["1.5", "1.50", "1.", ".5", "+.5", "._5", "1e3", "1E3", "1e+3", "1e-3", "1_0.5", "1e400", ".5e3", "0.0", "-1.5e2", "1.2.3", "0.15.3"],
  ...[
    "1:30",
    "190:20:30",
    "20240101",
    "2024-01-01",
    "2024-1-1",
    "2024-13-01",
    "2024-02-30",
    "2024-02-29",
    "2023-02-29",
    "0000-01-01",
    "2024-001-01",
  ],
  ...["2024-01-01T10:00:00Z", "2024-01-01t1:2:3Z", "2024-01-01T10:00:00", "2024-01-01 10:00:00", "2024-01-01 10:00", "2024-01-01 25:00:00"],
  ...["2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "2001-12-14T21:59:43.10+0500", "2024-01-01 10:00:00.123"],
  ...["10.5.0.0/24", "192.168.50.11", "fd00:5::/64", "v1", "=", "a b", "x#y", "1 2", "+", "-1-2", "+x", "nulL", "trues"],
];

describe("stack files as the real CLI reads them", () => {
  let cli: string;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    this.timeout(1_200_000);
    cli = path.join((await provideTools(new Progress())).pulumi, "pulumi");
    folder = scratchFolder("yaml-readers");
    fs.mkdirSync(path.join(folder, "state"));
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), `name: ${PROJECT}\nruntime: nodejs\nbackend:\n  url: file://${folder}/state\n`);
    env = { PULUMI_CONFIG_PASSPHRASE: "x", PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_HOME: path.join(folder, "home") };
    await execa(cli, ["stack", "init", "lab-dev", "--non-interactive"], { cwd: folder, env });
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  /** Returns the value of the key `a` as the CLI reads it; undefined if it refuses the file. */
  async function asPulumiReads(content: string | Uint8Array, name = "Pulumi.lab-dev.yaml"): Promise<unknown> {
    fs.rmSync(path.join(folder, "Pulumi.lab-dev.yaml"), { force: true });
    fs.writeFileSync(path.join(folder, name), content);
    const { stdout, exitCode } = await execa(cli, ["config", "--json", "--stack", "lab-dev", "--non-interactive"], {
      cwd: folder,
      env,
      reject: false,
    });
    if (name !== "Pulumi.lab-dev.yaml") fs.rmSync(path.join(folder, name));
    if (exitCode !== 0) return undefined;
    const printed = JSON.parse(stdout) as Record<string, { value?: string; objectValue?: unknown }>;
    return printed[`${PROJECT}:a`]?.objectValue ?? printed[`${PROJECT}:a`]?.value ?? "no such key";
  }

  it("have the scalars that our rules say", async () => {
    const read = await asPulumiReads(`config:\n  ${PROJECT}:a:\n${texts.map((text) => `    - ${text}\n`).join("")}`);
    assert.ok(Array.isArray(read));
    const wrong = texts.flatMap((text, index) => {
      const expected = goScalar(text);
      const value: unknown = read[index];
      const isDate =
        typeof value === "string" && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(value) && value !== text && / [+-]\d{4} /.test(value);
      const same =
        expected === DATE
          ? isDate
          : expected === value || (typeof expected === "number" && Math.abs(expected - Number(value)) < 1e-9 * Math.abs(expected));
      return same ? [] : [`${text}: ${String(expected)}, but Pulumi has ${JSON.stringify(value)}`];
    });
    assert.deepEqual(wrong, []);
  });

  const value = (text: string) => `config:\n  ${PROJECT}:a: ${text}\n`;
  /** Files that Pulumi reads otherwise than this program, or not at all; undefined if it refuses the file. */
  const files: readonly (readonly [what: string, content: string | Uint8Array, pulumi: unknown])[] = [
    ["a key twice", value("{ k: 1, k: 2 }"), undefined],
    ["a second document", `${value("1")}---\nx: 1\n`, "1"],
    ["a key in octal", value("{ 010: x }"), { "8": "x" }],
    ["an empty key", value("{ ~: x }"), { "<nil>": "x" }],
    ["a merge key in quotes", value('{ "<<": { p: 1 } }'), { p: 1 }],
    ["a binary's tag", value("{ f: !!binary aGVsbG8= }"), { f: "hello" }],
    ["an escaped slash", value('"a\\/b"'), undefined],
    ["an escaped surrogate", value('"\\ud83d\\ude00"'), undefined],
    ["a control character", value("a\u0090b"), undefined],
    ["a line separator", value("a\u2028b"), undefined],
    ["another version's directive", `%YAML 1.2\n---\n${value("1")}`, undefined],
    ["a key over two lines", value("{ k\n    l: 1 }"), undefined],
    ["a list at the top", "- a\n", undefined],
    ["Config instead of config", value("1").replace("config", "Config"), "no such key"],
    ["a key without a prefix", "config:\n  a: 1\n", "1"],
  ];
  for (const [what, content, expected] of files) {
    it(`reports ${what}, which Pulumi ${expected === undefined ? "refuses" : "reads otherwise or ignores"}`, async () => {
      assert.deepEqual(await asPulumiReads(content), expected);
      assert.notDeepEqual(readStackFile({ file: "Pulumi.lab-dev.yaml", text: String(content) }).problems, []);
    });
  }

  it("are read in UTF-16, and have no other name", async () => {
    assert.equal(await asPulumiReads(Buffer.from(`\ufeff${value("1")}`, "utf16le")), "1");
    for (const name of ["Pulumi.lab-dev.yml", "pulumi.lab-dev.yaml"])
      assert.equal(await asPulumiReads(value("1"), name), "no such key", name);
  });

  it("have an empty text for an empty section", async () => assert.equal(await asPulumiReads(value("")), ""));
});
