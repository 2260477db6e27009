/** Runs commands on random and damaged stack files. HOMELAB_FUZZ=5000 sets the number of texts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";

import { homelab, type Ran } from "../support/command-line";
import { Project } from "./project";

const RUNS = Number(process.env["HOMELAB_FUZZ"] ?? 100);
const FILE = "Pulumi.lab-dev.yaml";
const SECRET = "hunter2secret";

/** What texts are made of: all that YAML gives a meaning, and parts of stack files. */
const TOKENS = [
  ..."\n\n\n  \t:-?,[]{}#&*!|>'\"%@`\\~=./0189aZ\0\u001b\u009b\u202e\ufeff\ud800",
  ...[
    "\n  ",
    "\n    ",
    "\n      ",
    ": ",
    "- ",
    "? ",
    "<<: ",
    "*a",
    "&a ",
    "!!binary ",
    "!!set ",
    "!t ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "|\n",
    ">-\n",
    "\r\n",
  ],
  ...[
    "config:",
    "homelab-network:pools: ",
    "homelab-network:router: ",
    "homelab-network:gateway: ",
    "homelab-network:reserved: ",
    "secure: ",
  ],
  ...[
    "name: ",
    "addresses: ",
    "host: ",
    "lan: ",
    "password: ",
    "others: ",
    "constructor: ",
    "__proto__: ",
    "null",
    "true",
    "1e999",
    "0x1F",
    ".nan",
  ],
  ...["10.5.0.0/24", "0.0.0.0/0", "::/0", "10.0.0.0-10.255.255.255", "fd00:5::/64", "192.168.50.1", "auto", "2024-01-01"],
];
const token = fc.constantFrom(...TOKENS);
const randomText = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(""));

/** A change of a text at a place between 0 and 1. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.integer({ min: 0, max: 12 }),
  insert: fc.array(token, { maxLength: 3 }),
});

const changed = (text: string, changes: readonly { at: number; remove: number; insert: readonly string[] }[]): string =>
  changes.reduce((now, { at, remove, insert }) => {
    const from = Math.floor(at * now.length);
    return now.slice(0, from) + insert.join("") + now.slice(from + remove);
  }, text);

describe("a command, on any stack file", () => {
  let project: Project;
  let valid: string;
  beforeEach(() => {
    project = new Project();
    valid = project.read(FILE).replace("    lan: ", `    password: ${SECRET}\n    lan: `);
    assert.match(valid, new RegExp(`password: ${SECRET}`));
  });
  afterEach(() => project.remove());

  const documents = () => ["docs/plan.md", "docs/plan.svg"].map((name) => project.read(name));
  const damaged = fc.array(change, { minLength: 1, maxLength: 4 });

  /** Writes the stack file, runs a command, and checks what holds for every file. */
  async function run(text: string, ...args: readonly string[]): Promise<Ran> {
    const before = documents();
    fs.writeFileSync(path.join(project.path, FILE), text);
    const start = process.cpuUsage();
    const ran = await homelab(project.path, ...args);
    const { user } = process.cpuUsage(start);
    const output = ran.stdout + ran.stderr;
    assert.ok(ran.status === 0 || ran.status === 1, `status ${ran.status}`);
    assert.doesNotMatch(output, /^\s+at .*:\d+|node_modules|unexpected error/m);
    assert.ok(output.length < 40_000 || ran.status === 0, `${output.length} characters`);
    assert.doesNotMatch(output, /[\0\u001b\u0080-\u009f\u202a-\u202e]/);
    if (ran.status === 1) assert.deepEqual(documents(), before);
    assert.ok(user < 2_000_000, `${user / 1000} ms`);
    return ran;
  }

  it("ends in order on random text", async function () {
    this.timeout(0);
    await fc.assert(
      fc.asyncProperty(randomText, async (text) => void (await run(text, "plan"))),
      { numRuns: RUNS },
    );
  });

  it("ends in order on a damaged file, and does not print its password", async function () {
    this.timeout(0);
    await fc.assert(
      fc.asyncProperty(damaged, async (changes) => {
        const text = changed(valid, changes);
        const { stdout, stderr } = await run(text, "plan");
        // Where the damage has made it a key or a part of another value, nobody can tell that it is a secret.
        if (new RegExp(`^ *password: *["'*&!|>@%]*${SECRET}\\W*$`, "m").test(text)) assert.ok(!(stdout + stderr).includes(SECRET));
      }),
      { numRuns: RUNS },
    );
  });

  it("writes a new stack's file, or says why not, after a damaged one", async function () {
    this.timeout(0);
    await fc.assert(
      fc.asyncProperty(damaged, async (changes) => {
        fs.rmSync(path.join(project.path, "Pulumi.lab-prod.yaml"), { force: true });
        const { status } = await run(changed(valid, changes), "new-stack", "lab-edge");
        const file = path.join(project.path, "Pulumi.lab-edge.yaml");
        assert.equal(fs.existsSync(file), status === 0);
        if (status === 0) assert.ok(!fs.readFileSync(file, "utf8").includes(`password: ${SECRET}`));
        fs.rmSync(file, { force: true });
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
  });

  it("takes less than two seconds for 100 kB", async function () {
    this.timeout(0);
    const part = fc.array(token, { minLength: 1, maxLength: 6 }).map((tokens) => tokens.join(""));
    await fc.assert(
      fc.asyncProperty(part, fc.nat(valid.length), async (unit, at) => {
        const filler = unit.repeat(Math.ceil(100_000 / unit.length)).slice(0, 100_000);
        await run(valid.slice(0, at) + filler + valid.slice(at), "plan");
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });

  const many = (line: (index: number) => string) => {
    const lines: string[] = [];
    for (let index = 0, length = 0; length < 100_000; index++) length += lines[lines.push(line(index)) - 1]?.length ?? 0;
    return lines.join("");
  };
  const address = (index: number) => `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}/32`;
  const large: Readonly<Record<string, (text: string) => string>> = {
    "addresses of a pool": (text) =>
      text.replace(/addresses: \[10[^\]]*\]/, () => `addresses: [${many((index) => `${address(index)},`)}]\n      route: false`),
    "equal addresses of a pool": (text) => text.replace(/addresses: \[10[^\]]*\]/, () => `addresses: [${many(() => "10.5.0.0/24,")}]`),
    "reserved addresses": (text) => `${text}\n  homelab-network:reserved: { others: [${many((index) => `${address(index)},`)}] }\n`,
    "equal reserved addresses": (text) => `${text}\n  homelab-network:reserved: { others: [${many(() => "10.0.0.0/8,")}] }\n`,
    "unknown keys": (text) => text.replace("    lan: ", () => `${many((index) => `    key${index}: 1\n`)}    lan: `),
    "pools of one name": (text) => text.replace("    - name: ", () => `${many(() => "    - { name: a, addresses: [x] }\n")}    - name: `),
    "names of pools": (text) => `${text}\n  homelab-network:advertisements: [{ name: a, pools: [${many((index) => `p${index},`)}] }]\n`,
    "Helm values": (text) => `${text}\n  homelab-network:metallb:\n    values:\n${many((index) => `      key${index}: 1\n`)}`,
    "one key": (text) => text.replace("    lan: ", () => `    ${"k".repeat(1000)}: 1\n    lan: `),
    "one name": (text) => text.replace("name: lab-dev", () => `name: ${"k".repeat(100_000)}`),
  };
  for (const [what, edit] of Object.entries(large)) {
    it(`takes less than two seconds for 100 kB of ${what}`, async () => {
      const text = edit(valid);
      assert.notEqual(text, valid);
      await run(text, "plan");
    });
  }

  for (const lan of ["0.0.0.0/0", "192.0.0.0/2"]) {
    it(`ends with a LAN of ${lan} and a pool on it`, async () => {
      await run(valid.replace(/lan: .*/, `lan: ${lan}`).replace(/(addresses: \[10[^\]]*\])/, "$1\n      route: false"), "plan");
    });
  }

  it("ends with an IPv6 pool, and all of IPv4 reserved", async () => {
    const text = valid.replace(/addresses: \[10[^\]]*\]/, "addresses: [fd00:5::/64]\n      route: false");
    fs.rmSync(path.join(project.path, "Pulumi.lab-prod.yaml"));
    await run(`${text}\n  homelab-network:reserved: { others: [0.0.0.0/0, "::/0"], pods: [], services: [] }\n`, "plan");
  });
});
