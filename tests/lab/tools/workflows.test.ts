import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { repository } from "../../../config/project";
import { Progress } from "../../../lab/progress";
import { provideActionlint } from "../../../lab/tools/extras";
import { pipProgram } from "../../../lab/tools/pip";
import { scratchFolder } from "../scratch";

const zizmor = pipProgram("zizmor");
const isThere = fs.existsSync(zizmor);
const skipped = isThere ? "" : "; skipped: zizmor cannot be had from PyPI on this machine";

/** Returns a copy of the workflows as a Git repository, which the checkers need and the folder of the tests need not be. */
function copied(): string {
  const folder = scratchFolder("workflows");
  fs.cpSync(path.join(repository, ".github"), path.join(folder, ".github"), { recursive: true });
  fs.mkdirSync(path.join(folder, ".git"));
  return folder;
}

/** Returns a copy of the workflows with one defect. */
function broken(change: (text: string) => string): string {
  const folder = copied();
  const file = path.join(folder, ".github", "workflows", "pull-request.yml");
  const text = fs.readFileSync(file, "utf8");
  assert.notEqual(change(text), text);
  fs.writeFileSync(file, change(text));
  return folder;
}

const tested = (text: string): string => text.replace("run: npm run check", 'run: echo "${{ github.event.pull_request.title }}"');

describe("the workflows, by their checkers", () => {
  let actionlint: string;
  before(async function () {
    this.timeout(600_000);
    actionlint = await provideActionlint(new Progress());
  });

  const lint = (folder: string): execa.ExecaChildProcess => {
    const shellcheck = fs.existsSync(pipProgram("shellcheck")) ? pipProgram("shellcheck") : "";
    return execa(actionlint, ["-no-color", "-shellcheck", shellcheck, "-pyflakes", ""], { cwd: folder, reject: false });
  };
  const audit = (folder: string): execa.ExecaChildProcess =>
    execa(zizmor, ["--offline", "--no-progress", "--persona=pedantic", "--strict-collection", ".github"], { cwd: folder, reject: false });

  it("pass actionlint, which reports planted defects", async () => {
    const sound = copied();
    const { stdout, exitCode } = await lint(sound);
    fs.rmSync(sound, { recursive: true });
    assert.deepEqual([stdout, exitCode], ["", 0]);
    const folder = broken((text) => tested(text).replace("needs.checks.outputs.stacks", "needs.checks.outputs.stack"));
    const found = await lint(folder);
    fs.rmSync(folder, { recursive: true });
    assert.equal(found.exitCode, 1);
    assert.match(found.stdout, /"github\.event\.pull_request\.title" is potentially untrusted[^]*property "stack" is not defined/);
  });

  (isThere ? it : it.skip)(`have nothing that zizmor minds, which minds what is wrong${skipped}`, async () => {
    const { stdout, stderr, exitCode } = await audit(repository);
    assert.equal(exitCode, 0, stdout + stderr);
    assert.match(stderr, /completed \.github\/dependabot\.yml/);
    const folder = broken((text) => tested(text).replace("permissions: {}", "permissions: write-all"));
    const found = await audit(folder);
    fs.rmSync(folder, { recursive: true });
    assert.notEqual(found.exitCode, 0);
    assert.match(found.stdout, /excessive-permissions[^]*template-injection|template-injection[^]*excessive-permissions/);
  });
});
