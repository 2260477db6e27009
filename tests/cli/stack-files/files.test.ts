import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { up } from "../../../cli/up";
import { PROJECT_FOLDER } from "../../../config/project";
import { homelab } from "../../support/command-line";
import { Project } from "../project";
import { all, DEV, editDev, appendToDev, file, PROD, describeCases, type Change } from "./cases";

const renamed =
  (name: string): Change =>
  (project) =>
    fs.renameSync(path.join(project.path, DEV), path.join(project.path, name));
const rewritten =
  (write: (text: string) => string | Uint8Array): Change =>
  (project) =>
    project.write(DEV, write(project.read(DEV)));
const ignored = (name: string, meant = DEV) => `${name}: not the name of a stack file, so Pulumi ignores it; rename it to ${meant}`;
const names: readonly (readonly [name: string, meant?: string])[] = [
  ["Pulumi.lab-dev.yml"],
  ["pulumi.lab-dev.yaml"],
  ["PULUMI.lab-dev.yaml"],
  ["Pulumi.lab-dev.YAML"],
  ["Pulumi.lab-dev.yaml.txt"],
  ["Pulumi.lab-dev.yaml "],
  ["Pulumi.lab-dev .yaml"],
  ["Pulumi.lab dev.yaml"],
  ["Pulumi. lab-dev.yaml"],
  ["Pulumi lab-dev.yaml"],
  ["Pulumi-lab-dev.yaml"],
  ["Pulumi_lab-dev.yaml"],
  ["Pulmi.lab-dev.yaml"],
  ["Pulumi.lab-dev.json"],
  ["Pulumi.lab-dev.ymal"],
  ["Pulumi.läb.yaml", "Pulumi.lb.yaml"],
];

describeCases("a stack file's name", [
  ...names.map(([name, meant]) => [`${JSON.stringify(name)}`, renamed(name), ignored(name, meant)] as const),
  [
    "a second file of another form beside the stack's own",
    file("Pulumi.lab-dev.yml", "config:\n"),
    "Pulumi.lab-dev.yml: not the name of a stack file, so Pulumi ignores it; remove it; Pulumi.lab-dev.yaml is the stack file",
  ],
  [
    "copies that editors keep, the project's own file and other files",
    all(
      ...["Pulumi.lab-dev.yaml~", "Pulumi.lab-dev.yaml.orig", "Pulumi.lab-dev.yaml.bak", ".Pulumi.lab-dev.yaml.swp", "lab-dev.yaml"].map(
        (name) => file(name, "config: [\n"),
      ),
      file("Pulumi.yaml", "name: homelab-network\n"),
      file("values.yaml", "x: 1\n"),
    ),
  ],
]);

const utf16 = (text: string, order: "le" | "be") => {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return order === "le" ? bytes : bytes.swap16();
};

describeCases("a stack file's encoding", [
  ["UTF-16, little endian", rewritten((text) => utf16(text, "le")), "Pulumi.lab-dev.yaml: saved as UTF-16; save it as UTF-8"],
  ["UTF-16, big endian", rewritten((text) => utf16(text, "be")), "Pulumi.lab-dev.yaml: saved as UTF-16; save it as UTF-8"],
  [
    "UTF-16 that overlaps another stack, and reports both",
    rewritten((text) => utf16(text.replace("10.5.0.0/24", "10.6.0.0/24"), "le")),
    "Pulumi.lab-dev.yaml: saved as UTF-16; save it as UTF-8",
    'Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.6.0.0/24": overlaps 10.6.0.0/24 of pool lab-dev in stack lab-dev (Pulumi.lab-dev.yaml:10: pools[0].addresses[0]); give each cluster addresses of its own',
  ],
  ["UTF-16 without its mark", rewritten((text) => utf16(text, "le").subarray(2)), "Pulumi.lab-dev.yaml: saved as UTF-16; save it as UTF-8"],
  [
    "UTF-32",
    rewritten((text) => Buffer.from([0xff, 0xfe, 0, 0, ...[...text].flatMap((letter) => [letter.charCodeAt(0) & 255, 0, 0, 0])])),
    "Pulumi.lab-dev.yaml: saved as UTF-32; save it as UTF-8",
  ],
  [
    "Latin-1",
    rewritten((text) => Buffer.from(text.replace("# The user", "# Für den user"), "latin1")),
    "Pulumi.lab-dev.yaml:15: not a text in UTF-8; save it as UTF-8",
  ],
  ["binary", file(DEV, Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0])), "Pulumi.lab-dev.yaml: not a text; save it as UTF-8"],
  ["UTF-8 with a byte order mark", rewritten((text) => `\ufeff${text}`)],
  ["line endings of Windows", rewritten((text) => text.replaceAll("\n", "\r\n"))],
  [
    "line endings of old Macs",
    rewritten((text) => text.replaceAll("\n", "\r")),
    "Pulumi.lab-dev.yaml:1: config = (not shown): a line that ends in a carriage return alone; save the file with the line endings of Linux or Windows",
  ],
]);

const nothing = "Pulumi.lab-dev.yaml: has no content; write the stack's plan, or remove the file";
const top = (line: number, key: string, fix: string) =>
  `Pulumi.lab-dev.yaml:${line}: ${key} = (not shown): unknown key at the top of the file, which Pulumi ignores; ${fix}`;
const known = "known here are config, encryptionsalt, encryptedkey, secretsprovider, environment";

describeCases("a stack file's shape", [
  ["0 bytes", file(DEV, ""), nothing],
  ["comments alone", file(DEV, "# config:\n---\n"), nothing],
  [
    "a text",
    file(DEV, "hello\n"),
    "Pulumi.lab-dev.yaml:1: holds a text, and not the key config; write config: and the stack's keys below it",
  ],
  ["null", file(DEV, "~\n"), "Pulumi.lab-dev.yaml:1: holds nothing, and not the key config; write config: and the stack's keys below it"],
  [
    "a list",
    file(DEV, "- config: {}\n"),
    "Pulumi.lab-dev.yaml:1: holds a list, and not the key config; write config: and the stack's keys below it",
  ],
  [
    "no key config",
    rewritten((text) => text.replace("config:\n", "")),
    top(3, "homelab-network:cluster", "write config: above it, and indent it"),
  ],
  ["sections at the top, without a prefix", file(DEV, "pools: []\n"), top(1, "pools", "write config: above it, and indent it")],
  ["Config", rewritten((text) => text.replace("config:", "Config:")), top(2, "Config", "did you mean config?")],
  ["configs", rewritten((text) => text.replace("config:", "configs:")), top(2, "configs", "did you mean config?")],
  ["conf", rewritten((text) => text.replace("config:", "conf:")), top(2, "conf", "did you mean config?")],
  ["another key beside config", rewritten((text) => `${text}stack: lab-dev\n`), top(22, "stack", known)],
  [
    "a key with values for aliases beside config",
    rewritten((text) => `lan: &lan 192.168.50.0/24\n${text.replace("lan: 192.168.50.0/24", "lan: *lan")}`),
  ],
  [
    "config as a list",
    file(DEV, "config: [homelab-network:pools]\n"),
    "Pulumi.lab-dev.yaml:1: config = a list: not an object; write the stack's keys below it, such as homelab-network:pools",
  ],
  [
    "config as a text",
    file(DEV, "config: x\n"),
    "Pulumi.lab-dev.yaml:1: config = a text: not an object; write the stack's keys below it, such as homelab-network:pools",
  ],
  [
    "the prefix of another project",
    rewritten((text) => text.replaceAll("homelab-network:", "homelab:")),
    "Pulumi.lab-dev.yaml:4: homelab:cluster = (not shown): a key of another project, and the file has none of homelab-network; did you mean homelab-network:cluster?",
  ],
  [
    "an unknown key without a prefix, which Pulumi takes for one of this project",
    appendToDev("  webhooks: 1\n"),
    "Pulumi.lab-dev.yaml:22: webhooks = (not shown): not a key of this project; known here are cluster, metallb, pools, advertisements, gateway, router, names, domains, reserved, with homelab-network: before them",
  ],
  [
    "keys of providers and of other projects beside its own",
    appendToDev("  kubernetes:context: x\n  other:pools: []\n  other:router: {}\n"),
  ],
  [
    "a second document",
    appendToDev("---\nconfig: {}\n"),
    "Pulumi.lab-dev.yaml:22: config = (not shown): not YAML: several documents, but Pulumi reads only the first; remove the line --- and the documents after it",
  ],
  [
    "a section twice",
    appendToDev("  homelab-network:gateway: { mode: node, addresses: [192.168.50.12] }\n"),
    "Pulumi.lab-dev.yaml:22: gateway = (not shown): the same key as on line 12; remove one of the two",
  ],
  [
    "a key twice",
    editDev("user: homelab", "user: homelab\n    user: admin"),
    "Pulumi.lab-dev.yaml:21: router.user = (not shown): the same key as on line 20; remove one of the two",
  ],
  [
    "a folder",
    (project) => fs.mkdirSync(path.join(project.path, "Pulumi.x.yaml")),
    "Pulumi.x.yaml: a folder, not a stack file; rename or remove it",
  ],
  [
    "a link to nowhere",
    (project) => fs.symlinkSync("nowhere", path.join(project.path, "Pulumi.x.yaml")),
    "Pulumi.x.yaml: a symbolic link to a file that does not exist; correct or remove it",
  ],
  [
    "a link to itself",
    (project) => fs.symlinkSync("Pulumi.x.yaml", path.join(project.path, "Pulumi.x.yaml")),
    "Pulumi.x.yaml: a symbolic link that leads to itself; correct or remove it",
  ],
]);

describe("a folder of stack files", () => {
  let project: Project;
  beforeEach(() => (project = new Project()));
  afterEach(() => project.remove());
  const none = "homelab: There is no stack file: write one, such as Pulumi.lab-dev.yaml, with the cluster's pool and gateway.\n";

  for (const command of [["plan"], ["plan", "--json"], ["plan", "--check"]]) {
    it(`without one is an error of homelab ${command.join(" ")}, which leaves the documents as they are`, async () => {
      for (const name of [DEV, PROD]) fs.rmSync(path.join(project.path, name));
      const before = project.read("docs/plan.md");
      assert.deepEqual(await homelab(project.path, ...command), { status: 1, stdout: "", stderr: none });
      assert.equal(project.read("docs/plan.md"), before);
    });
  }

  it("may have a stack that is not planned yet, which the plan names", async () => {
    project.write("Pulumi.lab-edge.yaml", "encryptionsalt: v1:abc\n");
    const { status, stdout, stderr } = await homelab(project.path, "plan");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^Pulumi\.lab-edge\.yaml has no plan yet: it has no key of homelab-network\.$/m);
  });

  describe("with --all", () => {
    const before = process.env[PROJECT_FOLDER];
    beforeEach(() => (process.env[PROJECT_FOLDER] = project.path));
    afterEach(() => {
      if (before === undefined) delete process.env[PROJECT_FOLDER];
      else process.env[PROJECT_FOLDER] = before;
    });
    const upAll = () => up([], { all: true, yes: true });

    it("deploys nothing if one is left out because of its name", async () => {
      fs.renameSync(path.join(project.path, DEV), path.join(project.path, "Pulumi.lab-dev.yml"));
      await assert.rejects(upAll, { name: "UserError", message: `The stack files have a problem:\n  ${ignored("Pulumi.lab-dev.yml")}` });
    });

    it("is an error without one", async () => {
      for (const name of [DEV, PROD]) fs.rmSync(path.join(project.path, name));
      await assert.rejects(upAll, /^UserError: There is no stack file: /);
    });
  });
});
