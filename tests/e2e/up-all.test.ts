import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";

import type { Outcome } from "../../commands/all/outcome";
import { onOperator } from "../../commands/place";
import { repository } from "../../lab/folders";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { endLab, raiseLab } from "../support/lab";
import { RoutedStack } from "../support/routed-stack";
import { leaks, secretsOf } from "../support/secrets";

const [dev, prod] = ["lab-dev", "lab-prod"] as const;

describe("homelab up and preview, of all stacks", () => {
  let lab: Lab;
  let on: RoutedStack;
  before(async () => {
    lab = await raiseLab("test-ci-all");
    on = new RoutedStack(lab, dev);
  });
  after(() => endLab(lab));
  afterEach(() => on.edited.reset());

  const start = (...args: string[]) => onOperator(lab, args, { stdin: "ignore", reject: false, all: true });
  const ended = async (run: ReturnType<typeof start>) => {
    const result = await run;
    assert.deepEqual(leaks(result.all ?? "", secretsOf(lab)), []);
    return result;
  };
  const homelab = (...args: string[]) => ended(start(...args));
  /** What `--json` prints: the stacks with how it went. */
  const outcomes = (stdout: string) => (JSON.parse(stdout) as { stacks: readonly Outcome[] }).stacks;
  const results = (stdout: string) => outcomes(stdout).map(({ stack, result }) => [stack, result]);
  const locks = (): string[] => {
    const folder = path.join(lab.folders.state, ".pulumi", "locks");
    const names = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
    return names.filter((name) => name.endsWith(".json"));
  };
  const pending = async (stack: string): Promise<unknown[]> => {
    const { stdout } = await lab.engine.pulumi(["stack", "export", "--stack", stack], { stdio: "pipe" });
    return (JSON.parse(stdout) as { deployment: { pending_operations?: unknown[] } }).deployment.pending_operations ?? [];
  };

  it("want to be told which, and up a yes, before anything is touched", async () => {
    const refusals: readonly (readonly [args: string[], sentence: string])[] = [
      [["preview"], "Name the stacks, or say --all: the stacks are lab-dev, lab-prod."],
      [["preview", "lab-dve"], 'There is no stack "lab-dve": the stacks are lab-dev, lab-prod.'],
      [["up", "--all", dev, "--yes"], "Name stacks or say --all, not both: lab-dev."],
      [
        ["up", "--all"],
        'There is no terminal to ask at, and nothing was touched: --yes goes on without asking, and "homelab preview" shows what changes.',
      ],
    ];
    for (const [args, sentence] of refusals) {
      const { stdout, stderr, exitCode } = await homelab(...args);
      assert.deepEqual([stdout, stderr, exitCode], ["", `homelab: ${sentence}`, 1]);
    }
  });

  it("show what the first up would make, and change nothing", async () => {
    const before = await on.state();
    const { stdout, stderr, exitCode } = await homelab("preview", "--all", "--json");
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(results(stdout), [
      [dev, "done"],
      [prod, "done"],
    ]);
    for (const { changes } of outcomes(stdout)) assert.ok((changes["create"] ?? 0) > 20, stdout);
    assert.match(stderr, /^lab-dev {3}create IPAddressPool lab-dev$/m);
    assert.match(stderr, /^lab-prod {2}create IPAddressPool lab-prod$/m);
    assert.deepEqual(await on.state(), before);
  });

  it("stop at an interrupt, and at a second one no sooner: no lock and nothing half done is left, and the next up finishes", async () => {
    const run = start("up", "--all", "--yes");
    let said = "";
    run.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until("both stacks at work on their clusters", () =>
      [dev, prod].every((stack) => new RegExp(`^${stack} +create Namespace metallb-system`, "m").test(said)),
    );
    const [homelabItself] = childrenOf(run.pid ?? 0);
    assert.ok(homelabItself);
    process.kill(homelabItself, "SIGINT");
    await until("the word that it stops", () =>
      /^Stopping: lab-\w+, lab-\w+ finish what they are at, and keep what was done\.$/m.test(said),
    );
    process.kill(homelabItself, "SIGINT");
    const { stdout, exitCode, all } = await ended(run);
    assert.equal(exitCode, 130, all);
    for (const stack of [dev, prod]) assert.match(stdout, new RegExp(`^${stack} +stopped +\\d+ create`, "m"));
    assert.deepEqual(locks(), []);
    for (const stack of [dev, prod]) assert.deepEqual(await pending(stack), []);

    const next = await homelab("up", "--all", "--yes", "--json");
    assert.equal(next.exitCode, 0, next.all);
    for (const { result, changes } of outcomes(next.stdout)) assert.ok(result === "done" && (changes["same"] ?? 0) > 1, next.stdout);
    assert.equal((await on.state()).live.length, 2);
  });

  it("find nothing more to change, by make as well, from outside of the lab's hosts", async () => {
    const make = (...args: string[]) => execa("make", ["-s", ...args], { cwd: repository, env: { LAB: lab.folders.name } });
    const { stdout } = await make("preview", "ARGS=--all");
    for (const stack of [dev, prod]) assert.match(stdout, new RegExp(`^${stack} +done +nothing to change, \\d+ as they are `, "m"));
    assert.deepEqual(results((await make("up", "STACK=lab-dev", "ARGS=--yes --json")).stdout), [[dev, "done"]]);
  });

  it("bring the one whose cluster answers where the other's does not", async () => {
    await lab.cluster(prod).master.powerOff();
    on.edited.write({ "pools.0.autoAssign": false });
    const { stdout, stderr, exitCode } = await homelab("up", "--all", "--yes", "--json");
    assert.equal(exitCode, 1, stderr);
    const [first, second] = outcomes(stdout);
    assert.deepEqual([first?.stack, first?.result, first?.changes["update"]], [dev, "done", 1], stdout);
    assert.deepEqual([second?.stack, second?.result], [prod, "failed"], stdout);
    assert.match(second?.errors.join("\n") ?? "", /192\.168\.50\.21:6443/);
    assert.deepEqual(locks(), []);
  });
});

function childrenOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text
    .split(" ")
    .filter((word) => word.trim() !== "")
    .map(Number);
}
