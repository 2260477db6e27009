/** Checks that the diff without cluster and router names what the live preview of the same edit names. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Document } from "yaml";

import { parseDigest, type Step } from "../../cli/ci/digest";
import { stackFile } from "../../config/project";
import { DEFAULT_CHART, EARLIER_CHART } from "../../config/metallb-releases";
import type { Lab } from "../../lab/lab";
import { all } from "../../lab/lab";
import { onOperator } from "../../lab/operator";
import { Progress } from "../../lab/progress";
import { editStackFile, sectionPath } from "../../lab/project";
import { provideEarlierMetallb, provideHelm } from "../../lab/tools/extras";
import { provideTools } from "../../lab/tools/toolbox";
import type { Diff } from "../../report/diff/diff";
import { asus } from "../../router/asus/driver";
import { pulumi } from "../support/lab";
import { sharedLab } from "../support/shared-lab";
import { StackEdit } from "../support/stack-edit";

const [dev, prod] = ["lab-dev", "lab-prod"];

/** Sets values in a stack file, each by its path, such as `pools.0.name`; undefined removes one. */
type Edit = Readonly<Record<string, unknown>>;

/** The edits of one stack file that are compared, by their names. @param hosts addresses of the LAN that answer */
const edits = (hosts: () => { readonly client: string; readonly operator: string }): Readonly<Record<string, () => Edit>> => ({
  "a pool that is added": () => ({ "pools.2": { name: "games", addresses: ["10.5.2.0/24"] } }),
  "a pool that is removed": () => ({ "pools.1": undefined }),
  "a pool that is renamed": () => ({ "pools.1.name": "films" }),
  "a pool with another range": () => ({ "pools.0.addresses": ["10.5.0.0/25", "10.5.3.0/24"] }),
  "another gateway and metric": () => ({ "gateway.addresses": [hosts().client], "router.metric": 2 }),
  "values of the chart": () => ({ "metallb.values": { speaker: { logLevel: "debug" }, prometheus: { rbacPrometheus: false } } }),
  "a time limit": () => ({ "metallb.timeout": 200 }),
  "another router": () => ({ "router.host": hosts().operator }),
  "another advertisement": () => ({ advertisements: [{ name: "all-nodes", nodeSelectors: [{}] }] }),
  "a floating next hop": () => ({ gateway: { mode: "floating", addresses: ["192.168.50.240"] } }),
  [`the upgrade from ${EARLIER_CHART} to ${DEFAULT_CHART}`]: () => ({ "metallb.version": DEFAULT_CHART }),
});

describe("homelab diff", () => {
  let lab: Lab;
  let chart: string;
  let original: StackEdit | undefined;
  const git = (...args: string[]) => execFileSync("git", args, { cwd: lab.folders.project, encoding: "utf8", stdio: "pipe" });
  const commit = (...files: string[]): void => {
    git("add", ...files);
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "The base");
  };
  const edit = (stack: string, changes: Edit): void =>
    editStackFile(lab.folders.project, stack, (document: Document) => {
      for (const [at, value] of Object.entries(changes)) {
        const [section = "", ...keys] = at.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key));
        const place = [...sectionPath(String(section)), ...keys];
        if (value === undefined) document.deleteIn(place);
        else document.setIn(place, value);
      }
    });

  before(async () => {
    await provideHelm(new Progress());
    const earlier = await provideEarlierMetallb(new Progress());
    ({ chart } = await provideTools(new Progress()));
    lab = await sharedLab(__filename);
    original = new StackEdit(lab, dev);
    const media = { name: "media", addresses: ["10.5.1.0/24"] };
    for (const stack of [dev, prod]) edit(stack, { "metallb.version": EARLIER_CHART, "metallb.chart": earlier.chart });
    edit(dev, { "pools.1": media });
    git("init", "--quiet");
    commit("Pulumi.yaml", `Pulumi.${dev}.yaml`);
    await all([dev, prod].map((stack) => lab.cluster(stack).loadImages(earlier.images)));
  });
  after(() => {
    original?.reset();
    fs.rmSync(path.join(lab.folders.project, ".git"), { recursive: true, force: true });
  });

  /** Returns what the command names, for each stack. Asserts that the exit status says whether there is something. */
  const offline = async (): Promise<Map<string, string[]>> => {
    const { stdout, stderr, exitCode } = await onOperator(lab, ["diff", "--json"], { reject: false });
    assert.notEqual(stdout, "", stderr);
    const { stacks } = JSON.parse(stdout) as Diff;
    assert.equal(exitCode, stacks.length > 0 ? 2 : 0, stderr);
    return new Map(stacks.map((one) => [one.stack, namedBy(one)]));
  };

  /** Returns what the live preview of a stack names. */
  const live = async (stack: string): Promise<string[]> =>
    namedByEngine(parseDigest(await pulumi(lab, stack, ["preview", "--json"]))?.steps ?? []);

  it("names what a preview names: a stack that is added", async () => {
    const found = await offline();
    assert.deepEqual([...found.keys()], [prod]);
    assert.deepEqual(found.get(prod), await live(prod));
    commit(`Pulumi.${prod}.yaml`);
  });

  describe("for deployed stacks", () => {
    before(() => all([dev, prod].map((stack) => pulumi(lab, stack, ["up", "--yes", "--skip-preview"]))));
    afterEach(() => git("checkout", "--quiet", "--", "."));

    it("names nothing if nothing differs", async () => assert.deepEqual(await offline(), new Map()));

    const hosts = () => ({ client: lab.topology.client.address, operator: lab.topology.operator.address });
    for (const [name, changesOf] of Object.entries(edits(hosts))) {
      it(`names what a preview names: ${name}`, async () => {
        const changes = changesOf();
        edit(dev, changes["metallb.version"] === DEFAULT_CHART ? { ...changes, "metallb.chart": chart } : changes);
        const [found, previewed] = await Promise.all([offline(), live(dev)]);
        assert.deepEqual([...found.keys()], [dev]);
        assert.deepEqual(found.get(dev), previewed);
      });
    }

    it("names what the state has: a stack that is removed", async () => {
      fs.rmSync(stackFile(lab.folders.project, dev));
      const found = await offline();
      git("checkout", "--quiet", "--", ".");
      const state = JSON.parse(await pulumi(lab, dev, ["stack", "export"])) as { deployment: { resources: Step["oldState"][] } };
      const steps = state.deployment.resources.map((oldState) => ({ op: "delete", urn: "", oldState }) as Step);
      assert.deepEqual(found.get(dev), namedByEngine(steps));
    });

    it("names what a preview names: a range that goes from one cluster to another", async () => {
      edit(dev, { "pools.1": undefined });
      edit(prod, { "pools.1": { name: "media", addresses: ["10.5.1.0/24"] } });
      const found = await offline();
      assert.deepEqual([...found.keys()], [dev, prod]);
      assert.deepEqual(found.get(dev), await live(dev));
      // The router accepts the route of the second stack when the first one has given up its own.
      await pulumi(lab, dev, ["up", "--yes", "--skip-preview"]);
      assert.deepEqual(found.get(prod), await live(prod));
    });
  });
});

/** Returns the objects and routes of a stack's differences. */
function namedBy({ objects, routes }: Diff["stacks"][number]): string[] {
  const sign = { added: "+", removed: "-", changed: "~" };
  const named = objects.map(({ change, kind, namespace = "", name }) => `${sign[change]} ${kind} ${namespace} ${name}`);
  const forms = routes.flatMap(({ change, router, network, netmask, gateway, metric, before }) => {
    const text = (at: { gateway: string; metric: number }) => `${router} ${network}>${netmask}>${at.gateway}>${at.metric}>LAN`;
    if (change !== "changed") return [`${sign[change]} ${text({ gateway, metric })}`];
    return [`- ${text(before ?? { gateway, metric })}`, `+ ${text({ gateway, metric })}`];
  });
  return [...named, ...forms].sort();
}

/** Returns the objects and routes of an engine's steps. */
function namedByEngine(steps: readonly Step[]): string[] {
  const changed = steps.filter(({ op }) => op !== "same" && op !== "read");
  const [old, now] = [changed.map(({ oldState }) => oldState?.inputs), changed.map(({ newState }) => newState?.inputs)];
  const [before, after] = [old, now].map((inputs) => new Set(inputs.flatMap(objectIn)));
  const [from, to] = [old, now].map((inputs) => new Set(inputs.flatMap(routesIn)));
  const only = (some?: ReadonlySet<string>, others?: ReadonlySet<string>) => [...(some ?? [])].filter((one) => !others?.has(one));
  const both = [...(before ?? [])].filter((one) => after?.has(one));
  return [
    ...both.map((one) => `~ ${one}`),
    ...[...only(before, after), ...only(from, to)].map((one) => `- ${one}`),
    ...[...only(after, before), ...only(to, from)].map((one) => `+ ${one}`),
  ].sort();
}

interface Inputs {
  readonly kind?: string;
  readonly metadata?: { readonly namespace?: string; readonly name?: string };
  readonly stdin?: string;
  readonly triggers?: readonly string[];
}

function objectIn(inputs: unknown): string[] {
  const { kind, metadata } = (inputs ?? {}) as Inputs;
  return kind === undefined || metadata?.name === undefined ? [] : [`${kind} ${metadata.namespace ?? ""} ${metadata.name}`];
}

function routesIn(inputs: unknown): string[] {
  const { stdin, triggers = [] } = (inputs ?? {}) as Inputs;
  return stdin === undefined ? [] : asus.appliedBy(stdin).map((route) => `${triggers[0]} ${route}`);
}
