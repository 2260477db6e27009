import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { run } from "../../lab/cli/bench/run";
import { RawTools } from "../../lab/cli/bench/raw-tools";
import { STAGES, stagesOf, type Stage } from "../../lab/cli/bench/stages";
import { repository } from "../../config/project";
import type { Lab } from "../../lab/lab";
import { Progress } from "../../lab/progress";
import { provideHelm } from "../../lab/tools/extras";
import { provideTools } from "../../lab/tools/toolbox";
import type { Plan } from "../../config/plan";
import { recordOf } from "../../config/route-list";
import { deployed, sharedLab } from "../support/shared-lab";

const stack = "lab-dev";

describe("the measurements of make bench", () => {
  let lab: Lab;
  let plan: Plan;
  let tools: RawTools;

  before(async () => {
    await provideHelm(new Progress());
    const { chart } = await provideTools(new Progress());
    lab = await sharedLab(__filename);
    const [first] = lab.plans;
    assert.ok(first);
    plan = first;
    tools = new RawTools(lab, stack, chart);
  });

  const router = async (command: string): Promise<string> => (await lab.router.host.exec(["sh", "-c", command])).stdout;
  /** Returns MetalLB's objects, without those that the cluster or the controller adds to its namespace. */
  const objects = async (kinds: string): Promise<string[]> => {
    const found = await lab
      .cluster(stack)
      .kubectl(["get", kinds, "--all-namespaces", "-o", "jsonpath={range .items[*]}{.kind} {.metadata.name}{'\\n'}{end}"]);
    return found.split("\n").filter((name) => name.includes("metallb"));
  };
  const clusterWide = "namespaces,clusterroles,clusterrolebindings,validatingwebhookconfigurations,customresourcedefinitions";

  describe("helm, kubectl and ssh", () => {
    let isThere = false;
    const bring = async (): Promise<void> => {
      await tools.deploy(plan);
      isThere = true;
    };
    const remove = async (): Promise<void> => {
      await tools.remove(plan);
      isThere = false;
    };
    // The engine refuses to deploy over the objects of these tools.
    after(async () => {
      if (isThere) await remove();
    });

    it("apply MetalLB, pool and route, and then find nothing to change", async () => {
      await assert.rejects(tools.preview(plan), /kubectl diff .* exited with \d:\n.*no matches for kind "IPAddressPool"/);
      await bring();
      assert.deepEqual(await objects("deployments,daemonsets"), ["Deployment metallb-controller", "DaemonSet metallb-speaker"]);
      const pool = await lab
        .cluster(stack)
        .kubectl(["get", "ipaddresspool", "lab-dev", "-n", "metallb-system", "-o", "jsonpath={.spec.addresses}"]);
      assert.equal(pool, '["10.5.0.0/24"]');
      const records = plan.routes.map((route) => `<${recordOf(route)}`);
      assert.equal(await router("nvram get sr_rulelist"), records.join(""));
      assert.match(await router("ip route show"), /^10\.5\.0\.0\/24 via 192\.168\.50\.11 dev br0 metric 1/m);
      await tools.preview(plan);
      const pools = plan.pools.map((pool) => ({ ...pool, autoAssign: !pool.autoAssign }));
      await assert.rejects(tools.preview({ ...plan, pools }), /kubectl diff .* exited with 1:/);
      const commits = await router("cat /flash/commits");
      await tools.deploy(plan);
      assert.equal(await router("cat /flash/commits"), commits);
    });

    it("remove everything again", async () => {
      if (!isThere) await bring();
      await remove();
      assert.deepEqual(await objects(clusterWide), []);
      assert.equal(await router("nvram get sr_rulelist"), "");
      assert.doesNotMatch(await router("ip route show"), /^10\.5\./m);
    });
  });

  describe("the engine's events", () => {
    it("count the 3 s of a sleeping program in the right row", async () => {
      const install = await run(lab, stack, ["up", "--yes", "--skip-preview"]);
      deployed.add(stack);
      const stages = stagesOf(install.events, install.seconds);
      assert.deepEqual(
        STAGES.filter((stage) => stages[stage] === 0),
        [],
      );
      const preview = async (): Promise<Record<Stage, number>> => {
        const { events, seconds } = await run(lab, stack, ["preview", "--expect-no-changes"]);
        return stagesOf(events, seconds);
      };
      const before = await preview();
      const program = path.join(lab.folders.project, "index.ts");
      fs.rmSync(program);
      const original = JSON.stringify(path.join(repository, "index.ts"));
      fs.writeFileSync(
        program,
        `import program = require(${original});\nexport = async () => {\n  await new Promise((resolve) => setTimeout(resolve, 3000));\n  return program();\n};\n`,
      );
      const planted = await preview().finally(() => {
        fs.rmSync(program);
        lab.refreshProject();
      });
      const growth = STAGES.map((stage) => ({ stage, more: planted[stage] - before[stage] })).sort((one, other) => other.more - one.more);
      assert.equal(growth[0]?.stage, "program and its questions", JSON.stringify(growth));
      assert.ok(planted["program and its questions"] >= 3, JSON.stringify(planted));
    });

    it("are reported with the whole output if the run fails", async () => {
      await assert.rejects(run(lab, stack, ["preview", "--expect-no-such-flag"]), (error: Error) => {
        assert.match(error.message, /^pulumi preview --expect-no-such-flag on lab-dev exited with \d+:/);
        assert.match(error.message, /unknown flag/);
        return true;
      });
    });
  });
});
