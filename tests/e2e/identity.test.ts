/** A stack changes only the cluster of its first deployment: with a copied or replaced kubeconfig, a first deployment, a rebuilt cluster. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { kubeconfigOf } from "../../lab/folders";
import { Host } from "../../lab/host";
import type { Lab } from "../../lab/lab";
import { onOperator } from "../../lab/operator";
import { Progress } from "../../lab/progress";
import { requestDemo, deployDemo } from "../../lab/proof";
import { pulumi } from "../support/lab";
import { sharedLab } from "../support/shared-lab";
import { StackEdit } from "../support/stack-edit";

const dev = "lab-dev";
const prod = "lab-prod";
const KINDS = "namespaces,crds,validatingwebhookconfigurations,services,configmaps,deployments,daemonsets";

describe("a stack's cluster", () => {
  let lab: Lab;
  let edited: StackEdit;
  let copy: string;
  const identities: Record<string, string> = {};

  const up = (stack: string, ...args: string[]): Promise<string> => pulumi(lab, stack, ["up", "--yes", "--skip-preview", ...args]);
  const identityOf = (stack: string): Promise<string> =>
    lab.cluster(stack).kubectl(["get", "namespace", "kube-system", "--output", "jsonpath={.metadata.uid}"]);
  const recorded = async (stack: string): Promise<unknown> =>
    JSON.parse(await pulumi(lab, stack, ["stack", "output", "cluster", "--json"]));

  /** Runs a command of either command line. @returns its exit status and whole output */
  async function run([program, ...args]: readonly string[]): Promise<{ exitCode: number; printed: string }> {
    const options = { stdio: "pipe", all: true, reject: false } as const;
    const { exitCode, all = "" } = await (program === "pulumi"
      ? lab.engine.pulumi([...args, "--non-interactive"], options)
      : onOperator(lab, args, options));
    return { exitCode, printed: all };
  }

  /** Returns everything that must not change: MetalLB and pools of both clusters, and the router's records and routes. */
  async function everything(): Promise<unknown> {
    const objects = async (stack: string): Promise<string[]> => {
      const get = (kinds: string) => lab.cluster(stack).kubectl(["get", kinds, "--all-namespaces", "--output", "json"]);
      // A cluster without MetalLB does not have its kinds.
      const { items } = JSON.parse(await get(`${KINDS},ipaddresspools,l2advertisements`).catch(() => get(KINDS))) as {
        items: { kind: string; metadata: { name: string; uid: string; generation?: number }; spec?: unknown }[];
      };
      // Kubernetes adds this one to each namespace some time after it was created.
      const lasting = items.filter(({ metadata }) => metadata.name !== "kube-root-ca.crt");
      return lasting.map(({ kind, metadata, spec }) => JSON.stringify([kind, metadata.name, metadata.uid, metadata.generation, spec]));
    };
    const { stdout } = await lab.router.host.exec(["sh", "-c", "nvram get sr_rulelist; ip route show"]);
    return { dev: await objects(dev), prod: await objects(prod), router: stdout };
  }

  /**
   * Asserts that a command fails because of the wrong cluster, names both identities, does not suggest a refresh, and changes nothing.
   *
   * @param known everything that must not change, if nothing has run since it was read
   * @returns the same
   */
  async function refuses(command: readonly string[], wanted: readonly RegExp[], known?: unknown): Promise<unknown> {
    const before = known ?? (await everything());
    const { exitCode, printed } = await run(command);
    assert.notEqual(exitCode, 0, printed);
    for (const pattern of wanted) assert.match(printed, pattern);
    assert.doesNotMatch(printed, /up --refresh/);
    assert.deepEqual(await everything(), before);
    return before;
  }

  before(async () => {
    lab = await sharedLab(__filename);
    edited = new StackEdit(lab, prod);
    await Promise.all([up(dev), up(prod)]);
    for (const stack of [dev, prod]) identities[stack] = await identityOf(stack);
    copy = path.join(lab.folders.root, "kubeconfig", "copy");
    fs.writeFileSync(copy, fs.readFileSync(kubeconfigOf(lab.folders, dev), "utf8").replaceAll(dev, prod), { mode: 0o600 });
  });
  afterEach(() => edited.reset());

  it("is recorded in the state and as an output, and a second run changes nothing", async () => {
    for (const stack of [dev, prod]) {
      assert.deepEqual(await recorded(stack), { name: stack, identity: identities[stack] });
      await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
    }
    assert.notEqual(identities[dev], identities[prod]);
  });

  const both = () => [
    new RegExp(identities[dev] ?? ""),
    new RegExp(identities[prod] ?? ""),
    /cluster\.context = "lab-prod"/,
    /192\.168\.50\.11:6443/,
  ];
  const commands: readonly (readonly string[])[] = [
    ["pulumi", "preview", "--stack", prod],
    ["pulumi", "up", "--yes", "--skip-preview", "--stack", prod],
    ["pulumi", "up", "--refresh", "--yes", "--skip-preview", "--stack", prod],
    ["pulumi", "refresh", "--run-program", "--yes", "--skip-preview", "--stack", prod],
    ["pulumi", "destroy", "--run-program", "--yes", "--skip-preview", "--stack", prod],
    ["homelab", "preview", prod],
    ["homelab", "up", prod, "--yes"],
    ["homelab", "adopt", prod, "--yes"],
    ["homelab", "destroy", prod, "--yes"],
    ["homelab", "destroy", prod, "--yes", "--ignore-protect"],
    ["homelab", "verify", prod],
    ["homelab", "drift", prod],
    ["homelab", "doctor", prod],
  ];
  let known: unknown;
  for (const command of commands) {
    it(`is not confused with another stack's, reached with a copied kubeconfig, by ${command.join(" ")}`, async () => {
      edited.write({ "cluster.kubeconfig": copy });
      known = await refuses(command, both(), known);
    });
  }

  it("is not confused with another one if the kubeconfig at the same path leads to another cluster", async () => {
    const file = kubeconfigOf(lab.folders, prod);
    const own = fs.readFileSync(file);
    fs.copyFileSync(copy, file);
    try {
      let before: unknown;
      for (const verb of ["preview", "up", "destroy"]) {
        const more = verb === "destroy" ? ["--run-program"] : [];
        const command = ["pulumi", verb, ...(verb === "preview" ? [] : ["--yes", "--skip-preview"]), ...more, "--stack", prod];
        before = await refuses(command, both(), before);
      }
    } finally {
      fs.writeFileSync(file, own);
    }
    await pulumi(lab, prod, ["preview", "--expect-no-changes"]);
  });

  it("is unchanged after a refresh that read another cluster at the same path", async () => {
    const file = kubeconfigOf(lab.folders, prod);
    const own = fs.readFileSync(file);
    const before = await everything();
    fs.copyFileSync(copy, file);
    try {
      // A refresh does not run the program, and writes what it finds into the state.
      await pulumi(lab, prod, ["refresh", "--yes", "--skip-preview"]);
      await refuses(["pulumi", "up", "--yes", "--skip-preview", "--stack", prod], both());
    } finally {
      fs.writeFileSync(file, own);
    }
    await up(prod, "--refresh");
    assert.deepEqual(await everything(), before);
    await pulumi(lab, prod, ["preview", "--expect-no-changes"]);
  });

  it("is protected from a destroy that does not run the program", async () => {
    edited.write({ "cluster.kubeconfig": copy });
    await refuses(["pulumi", "destroy", "--yes", "--skip-preview", "--stack", dev], [/--run-program/]);
    await refuses(["pulumi", "destroy", "--yes", "--skip-preview", "--stack", prod], [/--run-program|protected/]);
  });

  it("cannot be forgotten while it answers", async () => {
    await refuses(["homelab", "forget-cluster", dev, "--yes"], [/still answers \(identity /, /Nothing was changed/]);
  });

  it("cannot be forgotten while another stack's cluster answers", async () => {
    edited.write({ "cluster.kubeconfig": copy });
    await refuses(
      ["homelab", "forget-cluster", prod, "--yes"],
      [/Nothing was changed: .*, which is the cluster of stack lab-dev; correct/],
    );
  });

  it("cannot be shared by two stacks, by any kubeconfig, at the first deployment", async () => {
    await run(["homelab", "destroy", prod, "--yes"]);
    edited.write({ "cluster.kubeconfig": copy });
    const own = [new RegExp(`${identities[dev]}, which is the cluster of stack lab-dev, and each stack needs a cluster of its own`)];
    await refuses(["pulumi", "preview", "--stack", prod], own);
    await refuses(["pulumi", "up", "--yes", "--skip-preview", "--stack", prod], own);
    await refuses(["homelab", "adopt", prod, "--yes"], own);
    await refuses(["homelab", "doctor"], own);
    const { exitCode, printed } = await run(["homelab", "preview", "--all"]);
    assert.equal(exitCode, 1, printed);
    assert.match(printed, /lab-prod: it reaches the same cluster as stack lab-dev/);
    assert.match(printed, /^lab-dev +done/m);
    edited.reset();
    await up(prod);
    assert.deepEqual(await recorded(prod), { name: prod, identity: identities[prod] });
  });

  it("is another one after a rebuild: forget-cluster keeps the routes, and the next up deploys", async () => {
    const records = async (): Promise<string> => (await lab.router.host.exec(["sh", "-c", "nvram get sr_rulelist; ip route show"])).stdout;
    const before = await records();
    for (const { name } of lab.topology.nodes.filter(({ stack }) => stack === dev)) {
      const host = new Host(lab.folders, name);
      await host.powerOff();
      fs.rmSync(host.folder, { recursive: true, force: true });
    }
    await lab.up(new Progress());
    const rebuilt = await identityOf(dev);
    assert.notEqual(rebuilt, identities[dev]);
    const rebuiltIs = [new RegExp(identities[dev] ?? ""), new RegExp(rebuilt), /run "homelab forget-cluster lab-dev"/];
    for (const verb of ["preview", "up"])
      await refuses(["pulumi", verb, ...(verb === "up" ? ["--yes", "--skip-preview"] : []), "--stack", dev], rebuiltIs);

    const { exitCode, printed } = await run(["homelab", "forget-cluster", dev, "--yes"]);
    assert.equal(exitCode, 0, printed);
    assert.match(printed, /Stack lab-dev has forgotten \d+ objects/);
    assert.equal(await records(), before);
    await up(dev);
    assert.deepEqual(await recorded(dev), { name: dev, identity: rebuilt });
    assert.equal(await records(), before);
    await pulumi(lab, dev, ["preview", "--expect-no-changes"]);
    const [plan] = lab.plans.filter(({ stack }) => stack === dev);
    assert.ok(plan);
    await deployDemo(lab.cluster(dev), plan);
    assert.equal((await requestDemo(lab.client, lab.cluster(dev), plan)).status, 200);
  });
});
