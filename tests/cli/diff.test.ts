import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { diff, type DiffOptions } from "../../cli/diff";
import { parseDiff } from "../../cli/ci/diff-result";
import { FakeHelm } from "../support/fake-helm";
import { Project, printedBy } from "./project";

describe("homelab diff", () => {
  let project: Project;
  let bin: string;
  let helm: FakeHelm;
  const git = (...args: string[]) => execFileSync("git", args, { cwd: project.path, encoding: "utf8", stdio: "pipe" });
  const commit = () => {
    git("add", "--all");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "One");
  };

  beforeEach(() => {
    project = new Project();
    bin = fs.mkdtempSync(path.join(tmpdir(), "homelab-network-test-"));
    helm = new FakeHelm(bin);
    git("init", "--quiet");
    commit();
  });
  afterEach(() => {
    helm.remove();
    project.remove();
    fs.rmSync(bin, { recursive: true });
    process.exitCode = undefined;
  });

  /** Runs the command. @returns what it printed, and its exit status */
  const run = async (options: DiffOptions = {}): Promise<[printed: string, status: unknown]> => {
    const printed = await printedBy(() => diff(options, project.path));
    const status = process.exitCode;
    process.exitCode = undefined;
    return [printed, status];
  };

  it("exits with 0 if nothing differs, and needs no helm and no file that the stack files name", async () => {
    assert.deepEqual(await run(), ["Nothing differs: no object, no route and no setting.", 0]);
    project.write("Pulumi.lab-dev.yaml", `# A remark.\n${project.read("Pulumi.lab-dev.yaml")}`);
    assert.deepEqual(await run(), ["Nothing differs: no object, no route and no setting.", 0]);
    assert.deepEqual(helm.asked, []);
  });

  it("exits with 2 if something differs, and prints it as text, JSON or Markdown", async () => {
    project.change("Pulumi.lab-dev.yaml", "10.5.0.0/24", "10.5.0.0/25");
    const [text, status] = await run();
    assert.match(text, /^lab-dev: 1 object changed; 1 route added, 1 removed\n {2}~ IPAddressPool metallb-system\/lab-dev\n/);
    assert.equal(status, 2);
    const [json] = await run({ json: true });
    assert.deepEqual(
      parseDiff(json).stacks.map(({ stack, change }) => [stack, change]),
      [["lab-dev", "changed"]],
    );
    const [markdown] = await run({ markdown: true });
    assert.match(markdown, /^<!-- homelab-network: diff -->\n\n### `lab-dev`: 1 object changed; /);
    await assert.rejects(run({ json: true, markdown: true }), { name: "UserError", message: /either --json or --markdown/ });
    assert.deepEqual(helm.asked, []);
  });

  it("compares with another commit", async () => {
    project.change("Pulumi.lab-dev.yaml", "10.5.0.0/24", "10.5.0.0/25");
    commit();
    assert.deepEqual((await run())[1], 0);
    assert.match((await run({ base: "HEAD^1" }))[0], /^lab-dev: 1 object changed/);
  });

  it("renders the chart of a stack that is added or removed", async () => {
    fs.rmSync(path.join(project.path, "Pulumi.lab-prod.yaml"));
    const chart = project.read("Pulumi.lab-dev.yaml");
    project.write("Pulumi.lab-dev.yaml", `${chart}  homelab-network:metallb:\n    chart: ./chart\n`);
    project.write("chart/Chart.yaml", "name: metallb\nversion: 1.0.0\nappVersion: v1\n");
    commit();
    fs.rmSync(path.join(project.path, "Pulumi.lab-dev.yaml"));
    const [text, status] = await run();
    assert.equal(status, 2);
    assert.match(text, /^lab-dev: stack removed: 4 objects removed; 1 route removed$/m);
    assert.match(text, /^ {2}- Deployment metallb-system\/metallb-controller$/m);
    assert.match(text, /^ {2}image quay\.io\/metallb\/controller: v1 -> not used$/m);
  });

  it("renders a chart of the repository as each commit has it", async () => {
    project.write("Pulumi.lab-dev.yaml", `${project.read("Pulumi.lab-dev.yaml")}  homelab-network:metallb:\n    chart: ./charts/metallb\n`);
    project.write("charts/metallb/Chart.yaml", "name: metallb\nversion: 1.0.0\nappVersion: v1\n");
    commit();
    project.write("charts/metallb/Chart.yaml", "name: metallb\nversion: 1.0.0\nappVersion: v2\n");
    const [text] = await run();
    assert.match(text, /^ {2}image quay\.io\/metallb\/controller: v1 -> v2$/m);
    assert.match(helm.asked[0] ?? "", /^template metallb \S+ --namespace metallb-system --include-crds --no-hooks .*--values \S+$/);
  });

  it("reads encrypted values without a passphrase, gives the chart a placeholder, and names the values that are other ones", async () => {
    project.write("charts/metallb/Chart.yaml", "appVersion: v1\n");
    const values = 'chart: ./charts/metallb\n    values: { speaker: { secretValue: { secure: "v1:one:chart" } } }\n';
    project.write("Pulumi.lab-dev.yaml", `${project.read("Pulumi.lab-dev.yaml")}  homelab-network:metallb:\n    ${values}`);
    project.change("Pulumi.lab-dev.yaml", "privateKeyFile: ~/.ssh/id_ed25519", 'password: { secure: "v1:one:password" }');
    commit();
    project.change("Pulumi.lab-dev.yaml", "v1:one:password", "v1:two:password");
    const [text, status] = await run();
    assert.deepEqual(
      [text.split("\n").slice(1), status],
      [["  router.password: the secret is another one, and it is not shown what it changes"], 2],
    );
    assert.ok(helm.asked.length > 0 && helm.asked.every((words) => words.includes("--skip-schema-validation")));
    assert.doesNotMatch((await run({ json: true }))[0], /v1:/);
  });

  it("compares with a base that has a problem, and names the problem", async () => {
    const chart = "  homelab-network:metallb:\n    chart: ./chart\n";
    project.write("Pulumi.lab-dev.yaml", `${project.read("Pulumi.lab-dev.yaml")}${chart}`);
    project.write("chart/Chart.yaml", "appVersion: v1\n");
    const valid = project.read("Pulumi.lab-dev.yaml");
    project.write("Pulumi.lab-dev.yaml", valid.replace("10.5.0.0/24", "10.5.0.0/33"));
    commit();
    project.write("Pulumi.lab-dev.yaml", valid);
    project.change("Pulumi.lab-prod.yaml", "10.6.0.0/24", "10.6.0.0/25");
    const [text, status] = await run();
    assert.equal(status, 2);
    const problem = "At HEAD: The stack files have a problem:\n  Pulumi.lab-dev.yaml:";
    assert.ok(text.startsWith(`What cannot be read or rendered in the base is shown as added.\n${problem}`), text);
    assert.match(text, /^lab-dev: stack added: 4 objects added; 1 route added$/m);
    assert.match(text, /^lab-prod: 1 object changed; 1 route added, 1 removed$/m);
    const [json] = await run({ json: true });
    assert.ok(parseDiff(json).baseProblem?.startsWith(problem));
    fs.rmSync(path.join(project.path, "Pulumi.lab-dev.yaml"));
    project.change("Pulumi.lab-prod.yaml", "10.6.0.0/25", "10.6.0.0/24");
    assert.equal((await run())[1], 2);
    assert.match((await run({ markdown: true }))[0], /shown as added\.\n\n```text\nAt HEAD: The stack files have a problem:\n/);
  });

  it("compares with a base whose Pulumi.yaml is not YAML", async () => {
    fs.rmSync(path.join(project.path, "Pulumi.lab-prod.yaml"));
    project.write("Pulumi.lab-dev.yaml", `${project.read("Pulumi.lab-dev.yaml")}  homelab-network:metallb:\n    chart: ./chart\n`);
    project.write("chart/Chart.yaml", "appVersion: v1\n");
    project.write("Pulumi.yaml", "config: {[\n");
    commit();
    fs.rmSync(path.join(project.path, "Pulumi.yaml"));
    assert.match(
      (await run())[0],
      /shown as added\.\nAt HEAD: The stack files have a problem:\n {2}Pulumi\.yaml:[^]*^lab-dev: stack added: /m,
    );
  });

  it("compares with a base whose chart cannot be rendered, and names the reason", async () => {
    project.write("Pulumi.lab-dev.yaml", `${project.read("Pulumi.lab-dev.yaml")}  homelab-network:metallb:\n    chart: ./empty\n`);
    project.write("empty/README", "");
    project.write("chart/Chart.yaml", "appVersion: v1\n");
    commit();
    project.change("Pulumi.lab-dev.yaml", "./empty", "./chart");
    const [text, status] = await run();
    assert.equal(status, 2);
    assert.match(text, /shown as added\.\nAt HEAD: helm cannot render the chart \.\/empty: /);
    assert.match(text, /^ {2}\+ Deployment metallb-system\/metallb-controller$/m);
    commit();
    project.change("Pulumi.lab-dev.yaml", "./chart", "./empty");
    await assert.rejects(run(), { name: "UserError", message: /^helm cannot render the chart \.\/empty: / });
  });

  it("reports the problems of the stack files, and a base that does not exist", async () => {
    project.change("Pulumi.lab-dev.yaml", "10.5.0.0/24", "10.5.0.0/33");
    await assert.rejects(run(), { name: "PlanError", message: /^The stack files have a problem:\n {2}Pulumi\.lab-dev\.yaml:\d+: pools/ });
    project.change("Pulumi.lab-dev.yaml", "10.5.0.0/33", "10.5.0.0/24");
    for (const base of ["nope", "--all", ""]) {
      await assert.rejects(run({ base }), {
        name: "UserError",
        message: `--base = "${base}": no commit of this repository; write another one, or fetch it, such as with "git fetch origin main", which is FETCH_HEAD then.`,
      });
    }
  });

  it("reports a folder that is not in a repository", async () => {
    fs.rmSync(path.join(project.path, ".git"), { recursive: true });
    await assert.rejects(run(), { name: "UserError", message: /^The base cannot be read: not a git repository/ });
  });

  it("leaves no folder behind", async () => {
    const before = fs.readdirSync(tmpdir()).filter((name) => name.startsWith("homelab-diff-"));
    await run();
    assert.deepEqual(
      fs.readdirSync(tmpdir()).filter((name) => name.startsWith("homelab-diff-")),
      before,
    );
  });
});
