import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";

import type { Outcome } from "../../cli/all/outcome";
import { onOperator } from "../../lab/operator";
import { repository } from "../../config/project";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { until as waitUntil } from "../../lab/wait";
import { RoutedStack } from "../support/routed-stack";
import { leaks, secretsOf } from "../support/secrets";
import { deployed, sharedLab } from "../support/shared-lab";

const [dev, prod] = ["lab-dev", "lab-prod"] as const;

describe("homelab up and preview, for all stacks", () => {
  let lab: Lab;
  let on: RoutedStack;
  before(async () => {
    lab = await sharedLab(__filename);
    on = new RoutedStack(lab, dev);
  });
  afterEach(() => on.edited.reset());

  const start = (...args: string[]) => onOperator(lab, args, { stdin: "ignore", reject: false, all: true });
  const ended = async (run: execa.ExecaChildProcess) => {
    const result = await run;
    assert.deepEqual(leaks(result.all ?? "", secretsOf(lab)), []);
    return result;
  };
  const homelab = (...args: string[]) => ended(start(...args));
  /** Returns the outcomes of the stacks in the output of `--json`. */
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

  it("require the stacks' names, and up requires a yes, before anything changes", async () => {
    const refusals: readonly (readonly [args: string[], sentence: string])[] = [
      [["preview"], "Name the stacks, or use --all: the stacks are lab-dev, lab-prod."],
      [["preview", "lab-dve"], 'There is no stack "lab-dve": the stacks are lab-dev, lab-prod.'],
      [["up", "--all", dev, "--yes"], "Name stacks or use --all, not both: lab-dev."],
      [["up", "--all"], "There is no terminal for a confirmation, and nothing was changed: --yes continues without asking."],
    ];
    for (const [args, sentence] of refusals) {
      const { stdout, stderr, exitCode } = await homelab(...args);
      assert.deepEqual([stdout, stderr, exitCode], ["", `homelab: ${sentence}`, 1]);
    }
  });

  it("read one router from ten programs at once, although it keeps three connections without a login", async () => {
    const router = { host: "192.168.50.1", port: 22, user: "homelab", hostKey: lab.router.hostKey() };
    const query = { router, login: { privateKey: fs.readFileSync(lab.folders.sshKey, "utf8") } };
    const script = `const { queryRouter } = require("${repository}/router/ssh");
      queryRouter(JSON.parse(process.env.QUERY), "echo answered").then(({ text }) => process.stdout.write(text));`;
    const argv = [process.execPath, "--require", path.join(repository, "engine", "register.js"), "--eval", script];
    const programs = Array.from({ length: 10 }, () => lab.operator.exec(argv, { env: { QUERY: JSON.stringify(query) }, reject: false }));
    const answers = (await Promise.all(programs)).map(({ stdout, stderr }) => stdout || stderr);
    assert.deepEqual(answers, Array<string>(10).fill("answered"));
  });

  it("show what the first up would create, and change nothing", async () => {
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

  /** Collects the output of a command from both streams. */
  const hear = (run: execa.ExecaChildProcess) => {
    const heard = { text: "" };
    for (const stream of [run.stdout, run.stderr]) stream?.on("data", (chunk: Buffer) => (heard.text += chunk.toString()));
    return heard;
  };
  /** Waits for words in the output, and fails with the last ones if they do not come. */
  const until = (what: string, heard: { readonly text: string }, ...words: readonly RegExp[]) =>
    waitUntil(what, () => words.every((word) => word.test(heard.text)) || assert.fail(heard.text));
  const atWork = (heard: { readonly text: string }) =>
    until("both stacks at work on their clusters", heard, /^lab-dev +create /m, /^lab-prod +create /m);
  const leftAlone = async () => {
    assert.deepEqual(locks(), []);
    for (const stack of [dev, prod]) assert.deepEqual(await pending(stack), []);
  };
  /** Deploys both stacks, unless an earlier test has done so. */
  const deployBoth = async () => {
    if (deployed.has(dev) && deployed.has(prod)) return;
    const { exitCode, all } = await homelab("up", "--all", "--yes");
    assert.equal(exitCode, 0, all);
    for (const stack of [dev, prod]) deployed.add(stack);
  };
  const stopping = /Stopping: lab-\w+, lab-\w+ will finish the current operation and save the state\.\r?$/m;

  it("ask at a terminal, whose Ctrl-C stops every engine once, without leaving a lock or pending operations", async () => {
    const options = { cwd: repository, env: { LAB: lab.folders.name }, reject: false, all: true } as const;
    const run = execa("script", ["-qefc", "bin/homelab up --all", "/dev/null"], options);
    const heard = hear(run);
    // Reads the streams from now on, because the command would block on full ones.
    const end = ended(run);
    try {
      await until("the question", heard, /Deploy lab-dev, lab-prod\? Type yes: /);
      assert.match(heard.text, /^lab-dev +done +\d+ create/m);
      heard.text = "";
      run.stdin?.write("yes\n");
      await atWork(heard);
    } finally {
      run.stdin?.write("\u0003");
      await end;
    }
    const { exitCode, all } = await end;
    assert.equal(exitCode, 130, all);
    assert.match(heard.text, stopping);
    for (const stack of [dev, prod]) assert.match(heard.text, new RegExp(`^${stack} +stopped +\\d+ create`, "m"));
    await leftAlone();
  });

  it("stop at the first signal, and no sooner at a second one; the next up finishes", async () => {
    const run = execa("bin/homelab", ["up", "--all", "--yes"], {
      cwd: repository,
      env: { LAB: lab.folders.name },
      reject: false,
      all: true,
    });
    const heard = hear(run);
    const end = ended(run);
    const stop = () => run.kill("SIGTERM", { forceKillAfterTimeout: false });
    try {
      await atWork(heard);
      stop();
      await until("the word that it stops", heard, stopping);
    } finally {
      stop();
      await end;
    }
    const { exitCode, all } = await end;
    assert.equal(exitCode, 143, all);
    for (const stack of [dev, prod]) assert.match(heard.text, new RegExp(`^${stack} +stopped +\\d+ create`, "m"));
    await leftAlone();

    const next = await homelab("up", "--all", "--yes", "--json");
    assert.equal(next.exitCode, 0, next.all);
    for (const { result, changes } of outcomes(next.stdout)) assert.ok(result === "done" && (changes["same"] ?? 0) > 1, next.stdout);
    assert.equal((await on.state()).live.length, 2);
    for (const stack of [dev, prod]) deployed.add(stack);
  });

  describe("after both are deployed", () => {
    beforeEach(deployBoth);

    it("find nothing to change, also by make from outside of the lab's hosts", async () => {
      const make = (...args: string[]) => execa("make", ["-s", ...args], { cwd: repository, env: { LAB: lab.folders.name } });
      const { stdout } = await make("preview", "ARGS=--all");
      for (const stack of [dev, prod]) assert.match(stdout, new RegExp(`^${stack} +done +nothing to change, \\d+ unchanged `, "m"));
      assert.deepEqual(results((await make("up", "STACK=lab-dev", "ARGS=--yes --json")).stdout), [[dev, "done"]]);
      const { stdout: unasked } = await execa("script", ["-qefc", "bin/homelab up --all", "/dev/null"], {
        cwd: repository,
        env: { LAB: lab.folders.name },
      });
      assert.match(unasked, /^There is nothing to change\.\r?$/m);
    });

    it("deploy the stack whose cluster answers if the other's does not", async () => {
      deployed.delete(dev);
      await lab.cluster(prod).master.powerOff();
      try {
        on.edited.write({ "pools.0.autoAssign": false });
        const { stdout, stderr, exitCode } = await homelab("up", "--all", "--yes", "--json");
        assert.equal(exitCode, 1, stderr);
        const [first, second] = outcomes(stdout);
        assert.deepEqual([first?.stack, first?.result, first?.changes["update"]], [dev, "done", 1], stdout);
        assert.deepEqual([second?.stack, second?.result], [prod, "failed"], stdout);
        assert.match(second?.errors.join("\n") ?? "", /192\.168\.50\.21:6443/);
        assert.deepEqual(locks(), []);
      } finally {
        await lab.up(new Progress());
      }
    });
  });
});
