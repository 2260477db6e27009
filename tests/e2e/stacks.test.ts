import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type execa from "execa";

import { repository } from "../../config/project";
import { Clone } from "../support/clone";

const guide = fs.readFileSync(path.join(repository, "docs", "how-to", "stacks.md"), "utf8");
const component = (stack: string) => `urn:pulumi:${stack}::homelab-network::homelab:network:ClusterNetwork::cluster`;

interface Deployment {
  readonly version: number;
  readonly deployment: { readonly manifest: object; readonly resources?: readonly { readonly urn: string }[] };
}

describe("the guide docs/how-to/stacks.md, with the real CLI", () => {
  let clone: Clone;

  before(async () => {
    clone = await Clone.make();
    succeeded(await any("make init"));
  });
  after(() => clone?.remove());

  /** Runs a command of the guide. Asserts that the guide quotes every question, except those that no terminal asks here. */
  async function run(command: string, ...unattended: string[]): Promise<execa.ExecaReturnValue> {
    assert.ok(guide.includes(`    ${command}`), `not in the guide: ${command}`);
    return any(`${command} ${unattended.join(" ")}`);
  }
  const any = (command: string, input?: string): Promise<execa.ExecaReturnValue> =>
    clone.run("sh", ["-c", command], { env: { PULUMI_CONFIG_PASSPHRASE_FILE: ".pulumi-passphrase" }, input });
  const succeeded = (result: execa.ExecaReturnValue): string => {
    assert.equal(result.exitCode, 0, result.all);
    return result.stdout;
  };
  const file = (stack: string) => clone.file(`Pulumi.${stack}.yaml`);
  const stateOf = async (stack: string) => JSON.parse(succeeded(await any(`pulumi stack export --stack ${stack}`))) as Deployment;
  /** Adds a component to the state, as `up` would. It has no object in a cluster, so that removing it needs no cluster. */
  async function provision(stack: string): Promise<void> {
    const { version, deployment } = await stateOf(stack);
    const resources = [{ urn: component(stack), custom: false, type: "homelab:network:ClusterNetwork" }];
    const state = JSON.stringify({ version, deployment: { ...deployment, resources } });
    succeeded(await any(`pulumi stack import --stack ${stack}`, state));
  }

  async function add(): Promise<void> {
    const printed = succeeded(await run("make new-stack NAME=lab-edge POOL=auto"));
    assert.match(printed, /pool +10\.7\.0\.0\/24 .*\n +gateway +192\.168\.50\.31 /);
    assert.match(succeeded(await run("make plan")), /^10\.7\.0\.0\/24 +yes +lab-edge /m);
    assert.match(succeeded(await run("make init")), /^made +stack lab-edge$/m);
  }

  it("adds a stack", add);

  it("renames a stack, its file and its state, and leaves the cluster unchanged", async () => {
    await provision("lab-dev");
    succeeded(await run("pulumi config set --stack lab-dev --path cluster.name lab-dev"));
    succeeded(await run("pulumi stack rename lab-home --stack lab-dev"));
    assert.equal(fs.existsSync(file("lab-dev")), false);
    const { deployment } = await stateOf("lab-home");
    assert.deepEqual(
      deployment.resources?.map(({ urn }) => urn),
      [component("lab-home")],
    );
    succeeded(await run("make plan"));
    const { stacks } = JSON.parse(succeeded(await any("bin/homelab plan --json"))) as { stacks: { stack: string; cluster: object }[] };
    const home = stacks.find(({ stack }) => stack === "lab-home");
    assert.deepEqual(home?.cluster, { name: "lab-dev", context: "lab-dev" });
  });

  it("retires a stack, which must be destroyed before it can be removed", async () => {
    if (!fs.existsSync(file("lab-edge"))) await add();
    await provision("lab-edge");
    const early = await run("pulumi stack rm lab-edge", "--yes");
    assert.notEqual(early.exitCode, 0);
    assert.match(early.all ?? "", /still has resources/);
    assert.ok(fs.existsSync(file("lab-edge")));
    succeeded(await run("make destroy STACK=lab-edge", "ARGS=--yes"));
    succeeded(await run("pulumi stack rm lab-edge", "--yes"));
    assert.equal(fs.existsSync(file("lab-edge")), false);
    assert.match(succeeded(await run("make plan")), /^10\.7\.0\.0\/24 +no /m);
  });
});
