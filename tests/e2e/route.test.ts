import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Lab } from "../../lab/lab";
import { ed25519 } from "../../lab/ssh-key";
import { until } from "../../lab/wait";
import { FOREIGN } from "../../lab/rounds";
import { pulumi } from "../support/lab";
import { BY_HAND, DAMAGES, IN_PLACE, POOL, RECORD, RouteStart } from "../support/route-in-place";
import { RoutedStack } from "../support/routed-stack";
import { withSecondRouter } from "../support/second-router";
import { searchFor, sharedLab } from "../support/shared-lab";
import { printed } from "../support/stack-edit";

const stack = "lab-dev";

describe("the static route, applied by the real engine", () => {
  let lab: Lab;
  let on: RoutedStack;
  let start: RouteStart;
  before(async () => {
    lab = await sharedLab(__filename);
    searchFor({ "the second key": second.private });
    on = new RoutedStack(lab, stack);
    start = new RouteStart(lab, on);
  });
  const second = ed25519();
  afterEach(function () {
    on.edited.reset();
    if (this.currentTest?.state === "failed") start.forget();
  });

  const held = () => on.state().then(({ list, live }) => [list, live]);
  const backups = () => path.join(lab.folders.project, ".router-backup");

  it("is not adopted without permission if it was entered by hand, and nothing changes before that is known", async () => {
    await start.byHand();
    const before = await on.state();
    const message = `${on.at("10.5.0.0/24")}${POOL}: the router's list already has '${RECORD}' for it, made by hand or by an interrupted run; set router.adopt: true to take it over, or remove it on the page LAN > Route`;
    assert.equal(await on.refusal(on.preview()), message);
    assert.equal(await on.refusal(on.up()), message);
    assert.deepEqual(await on.state(), before);
    assert.doesNotMatch(await lab.cluster(stack).kubectl(["get", "namespaces", "-o", "name"]), /metallb/);
    assert.ok(!fs.existsSync(backups()));
  });

  it("is adopted without a write if the stack file allows it, after the list was saved", async () => {
    await start.byHand();
    on.edited.write({ "router.adopt": true });
    const before = await on.state();
    const output = await on.up();
    assert.deepEqual(await on.state(), before);
    const [file = ""] = fs.readdirSync(backups());
    const saved = `The static routes that the router 192.168.50.1 had before the first change are saved in .router-backup/${file}.`;
    assert.ok(output.includes(saved), output);
    assert.equal(fs.readFileSync(path.join(backups(), file), "utf8"), `sr_enable_x=1\nsr_rulelist=${FOREIGN}${BY_HAND}\n`);
    await on.nothingToDo();
    start.isDeployed();
  });

  describe("after the first up", () => {
    beforeEach(() => start.inPlace());

    it("stays managed by the stack after the line that adopted it was removed", async () => {
      const before = await on.state();
      await on.up();
      await on.nothingToDo();
      assert.deepEqual(await on.state(), before);
    });

    for (const [what, damage, reported] of DAMAGES) {
      it(`is reported by preview if it is ${what}, repaired by up, and the next preview is empty`, async () => {
        await on.router(`${damage}; nvram commit`);
        const damaged = await on.state();
        const output = await on.failure(on.nothingToDo());
        assert.deepEqual(
          printed(output).sort(),
          reported.map((rule) => `warning: ${on.at("10.5.0.0/24")}${POOL}: ${rule}; pulumi up corrects it`).sort(),
        );
        assert.match(output, /~ {2}└─ command:remote:Command +route +update \[diff: ~update\]|~ 1 to update/);
        assert.deepEqual(await on.state(), damaged, "a preview changed something");
        await on.up();
        const { list, live, commits } = await on.state();
        assert.ok([FOREIGN + RECORD, RECORD + FOREIGN].includes(list), list);
        assert.deepEqual(live, [IN_PLACE]);
        assert.equal(commits, damaged.commits + 1);
        // Previews, and then runs the update: there must be nothing to do in either.
        await pulumi(lab, stack, ["up", "--yes", "--expect-no-changes"]);
      });
    }

    it("is not changed if only the key to the router changes", async () => {
      const file = path.join(lab.folders.root, "second-key");
      fs.writeFileSync(file, second.private, { mode: 0o600 });
      await on.router(`echo '${second.public}' >>/root/.ssh/authorized_keys`);
      on.edited.write({ "router.privateKeyFile": file });
      const before = await on.state();
      await on.up();
      assert.deepEqual(await on.state(), before);
      await on.nothingToDo();
      on.edited.reset();
      await on.up();
      assert.deepEqual(await on.state(), before);
    });

    it("stays unchanged if another one would be refused", async () => {
      const before = await on.state();
      on.edited.write({ "pools.0.addresses": ["172.30.0.0/24"] });
      const where = `${on.at("172.30.0.0/24")}pools[0].addresses[0] = "172.30.0.0/24": `;
      assert.deepEqual(await on.refusals(on.up()), [
        `${where}the router's list already has '${FOREIGN}' for it; remove it on the page LAN > Route, or make the stack's values the same`,
        `${where}the router's table already has '172.30.0.0/24 via 192.168.50.77 dev br0 metric 1' for it; remove that route, or correct gateway.addresses`,
      ]);
      assert.deepEqual(await on.state(), before);
    });

    it("stays when another network is added to the pool, and when that is removed", async () => {
      const { commits } = await on.state();
      on.edited.write({ "pools.0.addresses": ["10.5.0.0/24", "10.5.1.0/24"] });
      assert.match(await on.preview(), /command:remote:Command +route +update|~ 1 to update/);
      await on.up();
      const both = await on.state();
      assert.ok(both.list.startsWith(FOREIGN + RECORD), both.list);
      assert.equal(both.commits, commits + 1);
      assert.deepEqual(both.live, [IN_PLACE, "10.5.1.0/24 via 192.168.50.11 dev br0 metric 1"]);
      await on.nothingToDo();
      on.edited.reset();
      await on.up();
      assert.deepEqual((await on.state()).live, [IN_PLACE]);
    });
    it("stays if the change to another one fails, so that the next up need not change the router", async () => {
      // The commit is skipped, as during a firmware upgrade.
      await on.tamper("case $1 in commit) echo '# skip nvram commit #'; exit ;; esac");
      on.edited.write({ "pools.0.addresses": ["10.5.2.0/24"] });
      const output = await on.failure(on.up());
      assert.match(
        output,
        /homelab-network: the router skipped nvram commit, as it does during an upgrade or a reset; try again when that is over/,
      );
      assert.doesNotMatch(output, /was removed/);
      assert.deepEqual(await held(), [FOREIGN + RECORD, [IN_PLACE]]);
      const { commits } = await on.state();
      await on.router("rm -f /bin/nvram");
      on.edited.reset();
      await on.up();
      assert.deepEqual([await held(), (await on.state()).commits], [[FOREIGN + RECORD, [IN_PLACE]], commits]);
      await on.nothingToDo();
    });

    it("moves to another router with the stack, and is removed from the old one over the connection in the state", async () => {
      await withSecondRouter(lab, "192.168.50.2", async (other, hostKey) => {
        on.edited.write({ "router.host": "192.168.50.2", "router.hostKey": hostKey });
        const output = await on.up();
        assert.ok(
          output.includes("The routes move from the router 192.168.50.1 to 192.168.50.2: this run removes them with the last login."),
          output,
        );
        assert.deepEqual(await held(), [FOREIGN, []]);
        assert.equal((await other.host.exec(["nvram", "get", "sr_rulelist"])).stdout, RECORD);
        await on.nothingToDo();
        on.edited.reset();
        await on.up();
        assert.equal((await other.host.exec(["nvram", "get", "sr_rulelist"])).stdout, "");
        assert.deepEqual(await held(), [FOREIGN + RECORD, [IN_PLACE]]);
      });
    });

    it("is not compared if the stack file disables that, and previews are empty whatever the router has", async () => {
      on.edited.write({ "router.observe": false });
      await on.router("ip route del 10.5.0.0/24");
      assert.deepEqual(printed(await on.nothingToDo()), []);
      on.edited.reset();
      await on.up();
      assert.deepEqual((await on.state()).live, [IN_PLACE]);
    });

    it("is reported as not compared in one line if the router is unreachable, and the preview continues", () =>
      on.offTheNetwork(async () => {
        assert.deepEqual(printed(await on.nothingToDo()), [
          "The routes were not compared with the router: 192.168.50.1:22 does not answer (silent for 5 s).",
        ]);
      }));

    it("reports what to do if it is to move to another router and the old one is gone", () =>
      on.offTheNetwork(async () => {
        on.edited.write({ "router.host": "192.168.50.2" });
        const urn = "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route";
        assert.equal(
          await on.refusal(on.up()),
          `${on.at("192.168.50.2")}router.host = "192.168.50.2": the routes must first be removed from 192.168.50.1, but 192.168.50.1:22 does not answer (silent for 5 s); ` +
            "start 192.168.50.1 for one run; or, if it is gone for good or has become 192.168.50.2, " +
            `remove it from the state with "pulumi state delete '${urn}'", and set router.adopt: true if the routes exist already`,
        );
      }));

    it("is not applied without a pinned host key: the error shows the router's key, or how to read it if the router does not answer", async () => {
      on.edited.write({ "router.hostKey": undefined });
      await on.offTheNetwork(async () =>
        assert.match(await on.refusal(on.preview()), /router\.hostKey = nothing: missing, and 192\.168\.50\.1:22 does not answer/),
      );
      const key = lab.router.hostKey();
      assert.equal(
        await on.refusal(on.preview()),
        `${on.at("homelab-network:router")}router.hostKey = nothing: missing, and 192.168.50.1 shows ${key}; if that is your router's key, add the line "hostKey: ${key}"`,
      );
    });

    it("fails by the TCP keep-alive if the router vanishes during a change, and the next up repairs it", async () => {
      await on.tamper("case $1 in set) echo >/tmp/at-set; sleep 600 ;; esac");
      await on.router("ip route del 10.5.0.0/24; /usr/sbin/nvram set sr_rulelist=");
      const failed = on.failure(on.up());
      await until("the script on the router", async () => (await on.router("ls /tmp")).includes("at-set"));
      await on.router("ip link set eth0 down");
      const vanished = performance.now();
      const message = await failed;
      console.log(`      after ${Math.round((performance.now() - vanished) / 1000)} s of silence`);
      assert.match(message, /wait: remote command exited without exit status or exit signal: running/);
      await on.router("rm -f /bin/nvram; ip link set eth0 up");
      await until("the lock's end", async () => !(await on.router("ls /tmp")).includes("homelab-network.lock"));
      await on.up();
      assert.deepEqual(await held(), [RECORD, [IN_PLACE]]);
      await on.nothingToDo();
    });

    it("is removed from the router when the type becomes manual, and the program prints what to enter", async () => {
      on.edited.write({ "router.type": "manual" });
      const output = await on.up();
      assert.ok(
        output.includes("Enter on the router 192.168.50.1 (network, netmask, gateway): 10.5.0.0, 255.255.255.0, 192.168.50.11."),
        output,
      );
      assert.deepEqual(await held(), [FOREIGN, []]);
      on.edited.reset();
      await on.up();
      assert.equal((await on.state()).list, FOREIGN + RECORD);
    });

    it("is removed by destroy, which keeps unmanaged records, reports that the switch stays on, and succeeds if the route is already gone", async () => {
      await on.router(`nvram set 'sr_rulelist=${FOREIGN}'; ip route del 10.5.0.0/24`);
      const output = await pulumi(lab, stack, ["destroy", "--yes", "--skip-preview", "--run-program"]);
      assert.match(
        output,
        /static routes removed: 10\.5\.0\.0\/24 via 192\.168\.50\.11 metric 0; the router's switch for static routes stays as it is/,
      );
      const { list, live, switch: onOff } = await on.state();
      assert.deepEqual([list, live, onOff], [FOREIGN, [], "1"]);
    });
  });
});
