import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Plan } from "../../config/plan";
import type { Lab } from "../../lab/lab";
import { onOperator } from "../../lab/operator";
import { requestDemo, get } from "../../lab/proof";
import { editStackFile, sectionPath } from "../../lab/project";
import { FOREIGN, KINDS, round } from "../../lab/rounds";
import { until } from "../../lab/wait";
import type { Cluster } from "../../lab/cluster";
import { parseHousehold } from "../../config/household";
import { fixtures } from "../support/fixtures";
import { assertInPool, assertPath } from "../support/client-path";
import { Household } from "../support/household";
import { namePools, pulumi } from "../support/lab";
import { demoAddress } from "../support/pods";
import { sharedLab } from "../support/shared-lab";
import { StackEdit } from "../support/stack-edit";
import { applyObjects, clearPools, metallbParts, plannedPools, poolsIn, withOtherPools, writtenPools } from "../support/pool-objects";

describe("the whole network: both clusters, each with a pool called primary, the router, a client", () => {
  let lab: Lab;
  let dev: Plan;
  let prod: Plan;
  let home: Household;
  let files: StackEdit;

  before(async () => {
    lab = await sharedLab(__filename);
    files = new StackEdit(lab, "lab-dev");
    const plans = namePools(lab, "primary");
    assert.equal(plans.length, 2);
    [dev, prod] = plans as [Plan, Plan];
    home = new Household(lab, plans);
    await lab.router.bootWith(FOREIGN, lab.lan);
    await until("the router", async () => (await home.routes()).some(({ dst }) => dst === "172.30.0.0/24"));
    assert.equal(await home.rules(), FOREIGN);
  });
  after(() => files.reset());
  afterEach(function () {
    if (this.currentTest?.state === "failed") home.forget();
  });

  it("previews a fresh stack, on a cluster without MetalLB's types, and changes nothing", async () => {
    await home.each(async ({ stack }) => {
      const printed = await pulumi(lab, stack, ["preview", "--diff"]);
      assert.match(printed, /IPAddressPool/);
      assert.match(printed, /remote:Command/);
      const namespaces = await lab.cluster(stack).kubectl(["get", "namespaces", "-o", "name"]);
      assert.doesNotMatch(namespaces, /metallb/);
    });
    assert.equal(await home.rules(), FOREIGN);
  });

  it("deploys both clusters with pulumi up, at the same time", async () => {
    await home.deploy();
    await home.each(async (plan) => {
      const outputs = JSON.parse(await pulumi(lab, plan.stack, ["stack", "output", "--json"])) as Record<string, unknown>;
      assert.equal(outputs["chartVersion"], "0.16.2");
      assert.equal(outputs["nextHop"], plan.gateway.address);
    });
  });

  describe("after both are deployed", () => {
    beforeEach(() => home.deploy());

    it("has crashed no program by starting it before its rights and secrets existed", async () => {
      await home.each(async ({ stack }) => {
        const path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
        const restarts = await lab.cluster(stack).kubectl(["get", "pods", "-n", "metallb-system", "-o", path]);
        assert.equal(restarts, "0 0");
      });
    });

    it("has nothing left to do: preview and refresh find no change", async () => {
      await home.each(async ({ stack }) => {
        await pulumi(lab, stack, ["preview", "--expect-no-changes"]);
        await pulumi(lab, stack, ["refresh", "--yes", "--expect-no-changes"]);
      });
    });

    it("announces from the masters, which kubeadm's label would otherwise exclude", async () => {
      await home.each(async ({ stack }) => {
        const path = "jsonpath={.items[*].spec.nodeSelectors}";
        const selectors = await lab.cluster(stack).kubectl(["get", "l2advertisements", "-A", "-o", path]);
        assert.match(selectors, /node-role\.kubernetes\.io\/control-plane/);
      });
    });

    it("answers a client over HTTP, through the router and the node that is the route's next hop", async () => {
      await home.each(async (plan) => {
        const answer = await home.serve(plan);
        assert.equal(answer.status, 200);
        assert.match(answer.pod, /^whoami-/);
        assertInPool(plan, answer.address);
        await assertPath(lab, plan, answer.address);
      });
    });

    it("answers again after the router has rebooted, over the same routes", async () => {
      await home.each((plan) => home.serve(plan));
      const beforeReboot = await home.routes();
      await lab.router.reboot(lab.lan);
      assert.deepEqual(await home.routes(), beforeReboot);
      await home.each(async (plan) => {
        const { address } = await requestDemo(lab.client, lab.cluster(plan.stack), plan);
        await assertPath(lab, plan, address);
      });
    });

    const [rounds, seed] = [process.env["ROUNDS"] ?? 3, process.env["SEED"] ?? 20261125].map(Number) as [number, number];
    for (const kind of KINDS) {
      it(`has the routes of both stacks after ${rounds} rounds of ${kind}, from seed ${seed}`, async () => {
        for (let number = 1; number <= rounds; number++) assert.deepEqual((await round(lab, kind, number, seed)).problems, []);
      });
    }

    it("restores the routes of the stack files", async () => {
      await home.each(async ({ stack }) => {
        editStackFile(lab.folders.project, stack, (document) => document.deleteIn([...sectionPath("router"), "metric"]));
        await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
      });
    });

    it("verifies the pools of both stacks, and finds no drift", async () => {
      const report = path.join(lab.folders.project, "verify.html");
      const verified = await onOperator(lab, ["verify", "--json", "--report", report], { reject: false });
      assert.equal(verified.exitCode, 0, verified.stdout);
      const { services } = JSON.parse(verified.stdout) as { services: { of: string; pool: string; address: string; status: number }[] };
      assert.deepEqual(
        services.map(({ of, pool, address, status }) => `${of} ${pool} ${address.replace(/\d+$/, "x")} ${status}`),
        ["lab-dev primary 10.5.0.x 200", "lab-prod primary 10.6.0.x 200"],
      );
      assert.match(fs.readFileSync(report, "utf8"), /<title>All as planned: 2 stacks<\/title>/);
      const drifted = await onOperator(lab, ["drift"], { reject: false });
      assert.equal(drifted.exitCode, 0, drifted.stdout);
    });

    it("moves services and route to another pool when the stack file is edited", async () => {
      await home.each((plan) => home.serve(plan));
      const old = await serviceAddress(dev);
      const others = [await serviceAddress(prod), await poolsOf(prod)];
      editStackFile(lab.folders.project, dev.stack, (document) =>
        document.setIn([...sectionPath("pools"), 0, "addresses"], ["10.5.8.0/24"]),
      );
      await pulumi(lab, dev.stack, ["up", "--yes", "--skip-preview"]);
      const moved = await until("the service's new address", async () => {
        const address = await serviceAddress(dev);
        return address !== old && address !== "" && address;
      });
      assert.match(moved, /^10\.5\.8\./);
      const { status } = await until("an answer from the new address", () => get(lab.client, moved));
      assert.equal(status, 200);
      const rules = await home.rules();
      assert.ok(rules.startsWith(FOREIGN), rules);
      assert.ok(rules.includes("<10.5.8.0>255.255.255.0>192.168.50.11>"), rules);
      assert.ok(!rules.includes("10.5.0.0"), rules);
      assert.ok(rules.includes("<10.6.0.0>255.255.255.0>192.168.50.21>"), rules);
      assert.ok(!(await home.poolRoutes()).includes("10.5.0.0/24"));
      assert.deepEqual([await serviceAddress(prod), await poolsOf(prod)], others);
    });

    it("keeps the router's key out of the state", async () => {
      const key = fs.readFileSync(lab.folders.sshKey, "utf8").trim().split("\n")[1];
      assert.ok(key !== undefined && key.length > 20);
      await home.each(async ({ stack }) => {
        const state = await pulumi(lab, stack, ["stack", "export"]);
        assert.match(state, /"ciphertext"/);
        for (const form of [key, Buffer.from(key).toString("base64")])
          assert.ok(!state.includes(form), `the state of ${stack} holds the private key`);
      });
    });

    it("refuses up if another stack's file has the same addresses, and names both files", async () => {
      const [devFile, prodFile] = [new StackEdit(lab, dev.stack), new StackEdit(lab, prod.stack)];
      const pools = () => prodCluster().kubectl(["get", "ipaddresspools", "-A", "-o", "json"]);
      const before = await pools();
      devFile.write({ "pools.0.addresses": ["10.5.8.0/24"] });
      prodFile.write({ "pools.0.addresses": ["10.5.8.128/25"] });
      try {
        await assert.rejects(pulumi(lab, prod.stack, ["up", "--yes", "--skip-preview"]), ({ message }: Error) => {
          assert.match(message, /Pulumi\.lab-prod\.yaml:\d+: .*10\.5\.8\.128\/25.*Pulumi\.lab-dev\.yaml:\d+/);
          return true;
        });
        assert.equal(await pools(), before);
      } finally {
        devFile.reset();
      }
    });

    it("agrees with MetalLB's own webhook on every valid fixture: the webhook accepts the program's objects", async () => {
      const accepted = fixtures("valid").flatMap(({ files }) => parseHousehold(files));
      assert.ok(accepted.length >= 10);
      await withOtherPools(prodCluster(), prod, async () => {
        for (const { plan } of accepted) {
          await clearPools(prodCluster());
          await applyObjects(prodCluster(), plannedPools(plan));
        }
      });
    });

    it("agrees with MetalLB's own webhook on every overlap of pools: both reject it", async () => {
      const overlaps = fixtures("invalid").filter(({ name }) => /^pool-(range-)?overlaps-/.test(name));
      assert.ok(overlaps.length >= 3);
      await withOtherPools(prodCluster(), prod, async () => {
        for (const { name, files } of overlaps) {
          await clearPools(prodCluster());
          await assert.rejects(applyObjects(prodCluster(), writtenPools(files[0]?.text ?? "")), /overlaps with/, name);
        }
      });
    });

    it("restores objects that were deleted by hand with up --refresh", async () => {
      await clearPools(prodCluster());
      await pulumi(lab, prod.stack, ["up", "--refresh", "--yes", "--skip-preview"]);
      assert.equal(await poolsOf(prod), 'primary ["10.6.0.0/24"]');
    });

    it("keeps the other stack's pool of the same name, its route and its service when one stack is destroyed", async () => {
      await home.serve(prod);
      const { exitCode, all } = await onOperator(lab, ["destroy", dev.stack, "--yes"], { all: true, reject: false });
      assert.equal(exitCode, 0, all);
      assert.equal(await home.rules(), `${FOREIGN}<10.6.0.0>255.255.255.0>192.168.50.21>0>LAN`);
      assert.deepEqual(await home.poolRoutes(), ["10.6.0.0/24"]);
      assert.equal(await poolsOf(prod), 'primary ["10.6.0.0/24"]');
      assert.equal((await requestDemo(lab.client, prodCluster(), prod)).status, 200);
      await pulumi(lab, prod.stack, ["preview", "--refresh", "--expect-no-changes"]);
      await pulumi(lab, dev.stack, ["up", "--yes", "--skip-preview"]);
    });

    it("leaves nothing behind after pulumi destroy", async () => {
      home.forget();
      await home.each(async ({ stack, pools }) => {
        if (pools.some(({ protect }) => protect)) {
          editStackFile(lab.folders.project, stack, (document) => document.setIn([...sectionPath("pools"), 0, "protect"], false));
          await pulumi(lab, stack, ["up", "--yes", "--skip-preview"]);
        }
        await pulumi(lab, stack, ["destroy", "--yes", "--skip-preview", "--run-program"]);
      });
      assert.equal(await home.rules(), FOREIGN);
      assert.deepEqual(await home.poolRoutes(), []);
      await home.each(async ({ stack }) => assert.deepEqual(await metallbParts(lab.cluster(stack)), []));
    });
  });

  const prodCluster = (): Cluster => lab.cluster(prod.stack);
  const serviceAddress = ({ stack }: Plan): Promise<string> => demoAddress(lab.cluster(stack));
  const poolsOf = ({ stack }: Plan): Promise<string> => poolsIn(lab.cluster(stack));
});
