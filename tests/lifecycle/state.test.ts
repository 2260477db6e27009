import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type execa from "execa";

import { Engine } from "../../lab/engine";
import { repository } from "../../config/project";
import { Host } from "../../lab/host";
import type { Lab } from "../../lab/lab";
import { Lan } from "../../lab/lan";
import { Progress } from "../../lab/progress";
import { type Backend, StateServer } from "../../lab/state-server";
import { provideStateServers } from "../../lab/tools/extras";
import { provideTools, type Toolbox } from "../../lab/tools/toolbox";
import { until } from "../../lab/wait";
import { commandsBelow } from "../support/commands";
import { endLab, raiseLab } from "../support/lab";
import { RoutedStack } from "../support/routed-stack";
import { leaks, secretsOf } from "../support/secrets";

const stack = "lab-dev";
const page = path.join(repository, "docs", "how-to", "state.md");
const upArgs = ["up", "--yes", "--skip-preview"];

describe("a state on a server that several machines share", function () {
  this.timeout(900_000);
  let lab: Lab;
  let on: RoutedStack;
  let box: Toolbox;
  let laptop: Host;
  let server: StateServer;
  /** The two operators of the stack. */
  let operator: Engine;
  let partner: Engine;
  let postgres: Backend;

  const spec = (address: string) => ({ address, prefix: lab.topology.lan.prefix, gateway: lab.topology.router.address });

  const laptopOn = async (): Promise<void> => {
    await laptop.powerOn({ root: "/", init: box.init });
    await lab.lan.plug(laptop, 97);
    await Lan.configure(laptop, spec("192.168.50.141"));
  };

  before(async () => {
    box = await provideTools(new Progress());
    lab = await raiseLab("test-backend", { stacks: [stack] });
    on = new RoutedStack(lab, stack);
    operator = lab.engine;
    laptop = new Host(lab.folders, "laptop");
    partner = new Engine(lab.folders, box, laptop);
    await laptopOn();
    server = new StateServer(lab.folders, spec("192.168.50.140"), await provideStateServers(new Progress()));
    await server.start(lab.lan, 98, box.init);
  });
  after(() => endLab(lab));
  afterEach(() => on?.edited.reset());

  /** Runs the CLI, and accepts any exit status. Asserts that it prints no secret. */
  const run = async (engine: Engine, { environment, secret }: Backend, args: readonly string[]): Promise<execa.ExecaReturnValue> => {
    const options: execa.Options = { stdio: "pipe", all: true, reject: false, env: environment };
    const ended = await engine.pulumi([...args, "--stack", stack, "--non-interactive"], options);
    assert.deepEqual(leaks(ended.all ?? "", { ...secretsOf(lab), "the password of the state": secret }), [], args.join(" "));
    return ended;
  };
  const goesThrough = async (...call: Parameters<typeof run>): Promise<string> => {
    const { exitCode, all = "" } = await run(...call);
    assert.equal(exitCode, 0, all);
    return all;
  };
  /** Runs commands of the page as the operator types them in the project's folder. */
  const shell = (commands: string, env: Readonly<Record<string, string>>) =>
    lab.operator.exec(["sh", "-ec", `cd '${lab.folders.project}'\n${commands}`], { env: { ...operator.environment, ...env } });
  const isLocked = (who: string): RegExp =>
    new RegExp(`the stack is currently locked by 1 lock\\(s\\)[^]*: created by root@${who} \\(pid \\d+\\) at \\d{4}-`);
  const nothingToDo = (engine: Engine, backend: Backend) => goesThrough(engine, backend, ["preview", "--expect-no-changes"]);

  for (const [name, start] of [
    ["PostgreSQL", async () => (postgres = await server.postgres())],
    ["an S3 bucket", () => server.s3()],
  ] as const) {
    describe(`on ${name}`, () => {
      let backend: Backend;
      before(async () => {
        backend = await start();
        await goesThrough(operator, backend, ["stack", "select", "--create"]);
      });
      after(async () => {
        await run(operator, backend, ["destroy", "--yes", "--skip-preview", "--run-program"]);
        await run(operator, backend, ["stack", "rm", "--yes", "--preserve-config"]);
      });

      it("is recovered with the commands of the page after a machine lost power during up", async () => {
        const lost = run(partner, backend, upArgs);
        await until("MetalLB's controller and the route", async () => {
          await lab.cluster(stack).kubectl(["get", "deployment", "-n", "metallb-system", "metallb-controller"]);
          return (await on.state()).list !== "";
        });
        await laptop.powerOff();
        assert.notEqual((await lost).exitCode, 0);
        const refused = await run(operator, backend, upArgs);
        assert.equal(refused.exitCode, 1);
        assert.match(refused.all ?? "", isLocked("laptop"));
        await shell(commandsBelow(page, "When another machine works on the stack"), backend.environment);
        await nothingToDo(operator, backend);
        assert.deepEqual(await backend.keys("/locks/"), []);
      });

      it("lets only one operator work at a time, tells the other who does, and loses nothing of either", async () => {
        await laptopOn();
        on.edited.write({ "pools.0.addresses": ["10.5.0.0/24", "10.5.1.0/24"] });
        const first = goesThrough(operator, backend, upArgs);
        await until("the lock", async () => (await backend.keys("/locks/")).length > 0);
        const second = await run(partner, backend, upArgs);
        assert.equal(second.exitCode, 1, second.all);
        assert.match(second.all ?? "", isLocked("operator"));
        assert.match(await first, /Resources:\n.*\d+ updated/);
        assert.deepEqual((await on.state()).live.length, 2);
        on.edited.write({ "pools.0.addresses": ["10.5.0.0/24", "10.5.1.0/24"], "pools.0.autoAssign": false });
        await goesThrough(partner, backend, upArgs);
        await nothingToDo(operator, backend);
        const state = (await run(operator, backend, ["stack", "export"])).stdout;
        assert.match(state, /"autoAssign": false/);
        assert.match(state, /10\.5\.1\.0/);
        on.edited.reset();
        await goesThrough(operator, backend, upArgs);
      });

      it("is intact when both start at the same instant, whichever is refused", async () => {
        on.edited.write({ "pools.0.autoAssign": false });
        for (const { exitCode, all = "" } of await Promise.all([run(operator, backend, upArgs), run(partner, backend, upArgs)])) {
          if (exitCode !== 0) assert.match(all, /the stack is currently locked by \d lock\(s\)/);
        }
        await goesThrough(partner, backend, upArgs);
        await nothingToDo(operator, backend);
        on.edited.reset();
        await goesThrough(operator, backend, upArgs);
      });

      it("contains no secret", async () => {
        const stored = await backend.contents();
        assert.match(stored, /homelab-network|aG9tZWxhYi1uZXR3b3Jr/);
        assert.deepEqual(leaks(stored, { ...secretsOf(lab), "the password of the state": backend.secret }), []);
      });
    });
  }

  describe("during a move", () => {
    after(
      async () =>
        void (await operator.pulumi(["destroy", "--yes", "--skip-preview", "--run-program", "--stack", stack], {
          stdio: "pipe",
          reject: false,
        })),
    );

    it("goes from files to PostgreSQL and back with the commands of the page, which change nothing else", async () => {
      const files: Backend = { ...postgres, environment: { PULUMI_BACKEND_URL: `file://${lab.folders.state}` } };
      const move = (from: Backend, to: Backend) => {
        const [OLD = "", NEW = ""] = [from, to].map(({ environment }) => environment["PULUMI_BACKEND_URL"]);
        return shell(commandsBelow(page, "Move the state"), { ...postgres.environment, OLD, NEW });
      };
      await goesThrough(operator, files, upArgs);
      const before = await on.state();
      const resources = (await run(operator, files, ["stack", "export"])).stdout;

      await move(files, postgres);
      await nothingToDo(partner, postgres);
      assert.match((await run(operator, files, ["preview"])).all ?? "", /no stack named 'lab-dev' found/);
      on.edited.write({ "pools.0.autoAssign": false });
      await goesThrough(partner, postgres, upArgs);
      on.edited.reset();
      await goesThrough(partner, postgres, upArgs);

      await move(postgres, files);
      await nothingToDo(operator, files);
      assert.deepEqual(urns((await run(operator, files, ["stack", "export"])).stdout), urns(resources));
      assert.deepEqual(await on.state(), before);
      assert.ok(!fs.existsSync(path.join(lab.folders.project, "lab-dev.json")));
    });
  });
});

/** Returns the URNs in a state. */
function urns(state: string): string[] {
  const { deployment } = JSON.parse(state) as { deployment: { resources: ReadonlyArray<{ urn: string }> } };
  return deployment.resources.map(({ urn }) => urn).sort();
}
