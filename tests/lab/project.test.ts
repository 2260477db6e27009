import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { kubeconfigOf, type LabFolders, labFolders } from "../../lab/folders";
import { refreshProject, withOverlay } from "../../lab/project";
import { stackFile, stacksOf } from "../../config/project";
import { HOUSEHOLD, ROOT } from "../support/stack-files";
import { scratchFolder } from "./scratch";

const overlay = { chart: "/charts/metallb", hostKey: "ssh-ed25519 AAAA" };
const original = (stack: string): string => fs.readFileSync(stackFile(HOUSEHOLD, stack), "utf8");
const comments = (text: string): string[] => text.match(/^ *#.*$/gm) ?? [];

describe("the lab's copy of the project", () => {
  let scratch: string;
  let program: string;
  let source: string;
  let lab: LabFolders;

  beforeEach(() => {
    scratch = scratchFolder("project");
    program = path.join(scratch, "program");
    source = path.join(scratch, "source");
    lab = labFolders("copy", scratch);
    fs.mkdirSync(path.join(program, "components"), { recursive: true });
    for (const name of ["index.ts", ".npmrc", "Pulumi.attic.yaml"]) fs.writeFileSync(path.join(program, name), "");
    fs.copyFileSync(path.join(ROOT, "Pulumi.yaml"), path.join(program, "Pulumi.yaml"));
    fs.cpSync(HOUSEHOLD, source, { recursive: true });
  });
  afterEach(() => fs.rmSync(scratch, { recursive: true }));

  const refresh = (changes: Partial<typeof overlay> = {}): void =>
    refreshProject(lab, { ...overlay, ...changes }, { program, stacks: source });
  const copyOf = (stack: string): string => stackFile(lab.project, stack);
  const read = (file: string): string => fs.readFileSync(file, "utf8");
  const edit = (file: string, change: (text: string) => string): void => fs.writeFileSync(file, change(read(file)));
  const enlarged = (text: string): string => text.replace("10.5.0.0/24", "10.5.0.0/23");

  it("links the program, and copies the stack files of the other folder, and nothing that begins with a dot", () => {
    refresh();
    assert.deepEqual(fs.readdirSync(lab.project).sort(), [
      "Pulumi.lab-dev.yaml",
      "Pulumi.lab-prod.yaml",
      "Pulumi.yaml",
      "components",
      "index.ts",
    ]);
    assert.equal(fs.realpathSync(path.join(lab.project, "index.ts")), fs.realpathSync(path.join(program, "index.ts")));
    assert.equal(read(path.join(lab.project, "Pulumi.yaml")), read(path.join(program, "Pulumi.yaml")));
    assert.deepEqual(stacksOf(lab.project), ["lab-dev", "lab-prod"]);
  });

  it("never writes to the originals", () => {
    const before = stacksOf(source).map((stack) => read(stackFile(source, stack)));
    refresh();
    edit(copyOf("lab-dev"), enlarged);
    refresh({ chart: "/charts/other" });
    assert.deepEqual(
      stacksOf(source).map((stack) => read(stackFile(source, stack))),
      before,
    );
  });

  it("leaves an edited copy alone as long as the original is unchanged", () => {
    refresh();
    edit(copyOf("lab-dev"), enlarged);
    refresh();
    assert.match(read(copyOf("lab-dev")), /10\.5\.0\.0\/23/);
  });

  it("copies only an original that changed", () => {
    refresh();
    edit(copyOf("lab-prod"), (text) => text.replace("10.6.0.0/24", "10.6.0.0/23"));
    edit(stackFile(source, "lab-dev"), enlarged);
    refresh();
    assert.match(read(copyOf("lab-dev")), /10\.5\.0\.0\/23/);
    assert.match(read(copyOf("lab-prod")), /10\.6\.0\.0\/23/);
  });

  it("copies again when the lab's own settings change", () => {
    refresh();
    refresh({ hostKey: "ssh-ed25519 BBBB" });
    assert.match(read(copyOf("lab-dev")), /ssh-ed25519 BBBB/);
  });

  it("keeps the engine's salt of a copy when it copies again", () => {
    refresh();
    edit(copyOf("lab-dev"), (text) => `encryptionsalt: v1:abc=:v1:def\n${text}`);
    edit(stackFile(source, "lab-dev"), enlarged);
    refresh();
    const { encryptionsalt } = parse(read(copyOf("lab-dev"))) as { encryptionsalt: string };
    assert.equal(encryptionsalt, "v1:abc=:v1:def");
    assert.match(read(copyOf("lab-dev")), /10\.5\.0\.0\/23/);
  });

  it("drops a stack without a file, and replaces a copy that was removed", () => {
    refresh();
    fs.rmSync(stackFile(source, "lab-prod"));
    fs.rmSync(copyOf("lab-dev"));
    refresh();
    assert.deepEqual(stacksOf(lab.project), ["lab-dev"]);
  });

  it("links new entries, and leaves no link to removed ones", () => {
    refresh();
    fs.writeFileSync(path.join(program, "new.ts"), "");
    fs.rmSync(path.join(program, "index.ts"));
    refresh();
    assert.ok(fs.existsSync(path.join(lab.project, "new.ts")));
    assert.equal(fs.lstatSync(path.join(lab.project, "index.ts"), { throwIfNoEntry: false }), undefined);
  });
});

describe("the lab's overlay of a stack file", () => {
  const lab = labFolders("copy", "/labs");

  it("replaces only the settings that the lab knows", () => {
    const prefix = "homelab-network:";
    const settings = (text: string) => (parse(text) as { config: Record<string, Record<string, unknown>> }).config;
    const before = settings(original("lab-dev"));
    assert.deepEqual(settings(withOverlay(original("lab-dev"), lab, "lab-dev", overlay)), {
      ...before,
      [`${prefix}cluster`]: { ...before[`${prefix}cluster`], kubeconfig: kubeconfigOf(lab, "lab-dev"), context: "lab-dev" },
      [`${prefix}router`]: { ...before[`${prefix}router`], privateKeyFile: lab.sshKey, hostKey: overlay.hostKey },
      [`${prefix}metallb`]: { chart: overlay.chart },
    });
  });

  it("keeps the file's comments and their order", () => {
    const text = original("lab-dev");
    assert.ok(comments(text).length > 0);
    assert.deepEqual(comments(withOverlay(text, lab, "lab-dev", overlay)), comments(text));
  });

  it("removes values that cannot be decrypted here: the household's secrets and its salt", () => {
    const secrets = "    password:\n      secure: v1:p\n    privateKey:\n      secure: v1:k\n";
    const laid = withOverlay(`encryptionsalt: v1:s\n${original("lab-dev").trimEnd()}\n${secrets}`, lab, "lab-dev", overlay);
    assert.doesNotMatch(laid, /secure|encryptionsalt|password:/);
    assert.match(laid, /privateKeyFile/);
  });
});
