/** Tests the program's script in the firmware's shell, over SSH: docs/reference/asus-router.md, "Create, update and remove". */
import assert from "node:assert/strict";
import { bench } from "./bench";
import { dev, devLive, devRecord, foreign, prod, RouteRouter } from "./route-router";
import { route } from "../../support/routes";
import type { Outcome } from "./start-router";

const inPlace = (reported: string): Outcome => ({ stdout: `static routes in place: ${reported}\n`, stderr: "", code: 0 });
const ok = inPlace("10.5.0.0/24 via 192.168.50.11 metric 0");
const unfilled = "<10.5.0.0>255.255.255.0>192.168.50.11>>LAN";

describe("the route's script on the router", function () {
  this.timeout(60_000);
  let router: RouteRouter | undefined;
  afterEach(() => router?.twin.switchOff());
  const boot = async (settings: Record<string, string> = {}): Promise<RouteRouter> =>
    (router = new RouteRouter(await bench().router(settings)));
  const running = { sr_enable_x: "1", sr_rulelist: foreign };
  const foreignLive = "172.30.0.0/24 via 192.168.50.77 dev br0 metric 1";

  describe("create", () => {
    it("sets record, switch and live route on a router without any, with one commit", async () => {
      const on = await boot();
      const { commits } = await on.state();
      assert.deepEqual(await on.script("create", [dev]), ok);
      assert.deepEqual(await on.state(), { list: devRecord, switch: "1", live: [devLive], commits: commits + 1 });
    });

    it("produces the same table before and after a reboot", async () => {
      const on = await boot();
      assert.deepEqual(
        await on.script("create", [dev, prod]),
        inPlace("10.5.0.0/24 via 192.168.50.11 metric 0, 10.6.0.0/24 via 192.168.50.21 metric 7"),
      );
      const { list, live } = await on.state();
      assert.equal(live.length, 2);
      await on.twin.switchOff();
      await on.twin.switchOn();
      const after = await on.state();
      assert.deepEqual([after.list, after.live], [list, live]);
    });

    it("keeps unmanaged records byte for byte and in order, including broken ones", async () => {
      const others = `junk${foreign}<broken<<>>*$(id)`;
      const on = await boot({ sr_enable_x: "1", sr_rulelist: others });
      assert.deepEqual(await on.script("create", [dev]), ok);
      assert.equal((await on.state()).list, others + devRecord);
    });

    it("leaves no lock behind", async () => {
      const on = await boot();
      await on.script("create", [dev]);
      assert.equal(await on.twin.console("ls /tmp | grep -c homelab-network || true"), "0");
    });
  });

  describe("adoption", () => {
    for (const [how, record] of [
      ["as the program would", devRecord],
      ["by the form without a metric", unfilled],
    ] as const) {
      it(`adopts a route that was made ${how}, and writes nothing`, async () => {
        const on = await boot({ sr_enable_x: "1", sr_rulelist: record + foreign });
        const before = await on.state();
        assert.deepEqual([...before.live].sort(), [devLive, foreignLive]);
        assert.deepEqual(await on.script("create", [dev], { adopt: true }), ok);
        assert.deepEqual(await on.state(), before);
        assert.equal((await on.script("remove", [dev])).code, 0);
        const { list, live } = await on.state();
        assert.deepEqual([list, live], [foreign, [foreignLive]]);
      });
    }

    it("adds a missing live route to a record, and adopts a live route made by hand", async () => {
      const on = await boot();
      await on.set({ sr_enable_x: "1", sr_rulelist: unfilled });
      await on.twin.console("nvram commit; ip route add 10.5.0.0/24 via 192.168.50.11 dev br0");
      const { commits } = await on.state();
      assert.deepEqual(await on.script("create", [dev], { adopt: true }), ok);
      assert.deepEqual(await on.state(), { list: unfilled, switch: "1", live: [devLive], commits });
    });
  });

  describe("update", () => {
    it("writes nothing if all is in place, for example after a change of the key", async () => {
      const on = await boot(running);
      await on.script("create", [dev, prod]);
      const before = await on.state();
      assert.equal((await on.script("update", [dev, prod])).code, 0);
      assert.equal((await on.script("update", [dev, prod], { adopt: true })).code, 0);
      assert.deepEqual(await on.state(), before);
    });

    it("leaves a route in place alone, whatever was set beside it, even if its gateway does not answer", async () => {
      const on = await boot();
      const away = { ...dev, gateway: "192.168.50.99" as typeof dev.gateway };
      await on.set({
        sr_enable_x: "1",
        sr_rulelist: "<10.5.0.0>255.255.255.0>192.168.50.99>0>LAN<10.5.0.8>255.255.255.248>192.168.50.77>>LAN",
      });
      await on.twin.console("ip route add 10.5.0.0/24 via 192.168.50.99 dev br0 metric 1");
      const before = await on.state();
      assert.equal((await on.script("update", [away])).code, 0);
      assert.deepEqual(await on.state(), before);
    });

    it("adds a route and removes another in place, with one commit, and writes nothing the second time", async () => {
      const on = await boot(running);
      await on.script("create", [dev, prod]);
      const { commits } = await on.state();
      const more = { ...prod, destination: route("10.6.0.0/25", "192.168.50.21").destination };
      const done = await on.script("update", [dev, more], {}, [dev, prod]);
      assert.deepEqual(
        done,
        inPlace(
          "10.5.0.0/24 via 192.168.50.11 metric 0, 10.6.0.0/25 via 192.168.50.21 metric 7; removed: 10.6.0.0/24 via 192.168.50.21 metric 7",
        ),
      );
      const after = await on.state();
      assert.equal(after.list, `${foreign}${devRecord}<10.6.0.0>255.255.255.128>192.168.50.21>7>LAN`);
      assert.deepEqual([...after.live].sort(), [devLive, "10.6.0.0/25 via 192.168.50.21 dev br0 metric 8", foreignLive].sort());
      assert.equal(after.commits, commits + 1);
      assert.deepEqual(await on.script("update", [dev, more], {}, [dev, prod]), done);
      assert.deepEqual(await on.state(), after);
    });

    it("refuses a new route that exists already, unless it may adopt it, and removes nothing then", async () => {
      const on = await boot(running);
      await on.script("create", [dev, prod]);
      const before = await on.state();
      const refused = await on.script("update", [prod], {}, [dev]);
      assert.match(refused.stderr, /the router's list already has '<10\.6\.0\.0.*made by hand or by an interrupted run; set router\.adopt/);
      assert.deepEqual(await on.state(), before);
      assert.equal((await on.script("update", [prod], { adopt: true }, [dev])).code, 0);
      assert.deepEqual((await on.state()).list, `${foreign}<10.6.0.0>255.255.255.0>192.168.50.21>7>LAN`);
    });

    it("never changes an unmanaged record for the destination of a new route", async () => {
      const on = await boot({ sr_enable_x: "1", sr_rulelist: "<10.6.0.0>255.255.255.0>192.168.50.77>>LAN" });
      await on.script("create", [dev]);
      const before = await on.state();
      assert.match(
        (await on.script("update", [dev, prod], { adopt: true }, [dev])).stderr,
        /already has '<10\.6\.0\.0.* for 10\.6\.0\.0\/24/,
      );
      assert.deepEqual(await on.state(), before);
    });

    it("restores what it removed if the change fails", async () => {
      const on = await boot(running);
      await on.script("create", [dev]);
      const before = await on.state();
      await on.set({ asus_stop_commit: "1" });
      assert.match((await on.script("update", [prod], {}, [dev])).stderr, /skipped nvram commit/);
      assert.deepEqual(await on.state(), before);
    });

    const damages: readonly (readonly [what: string, damage: string, list?: string])[] = [
      ["a missing record", `nvram set 'sr_rulelist=${foreign}'`, foreign + devRecord],
      ["a missing live route", "ip route del 10.5.0.0/24"],
      ["a duplicate record", `nvram set 'sr_rulelist=${devRecord}${foreign}${unfilled}'`],
      ["a live route with another metric beside it", "ip route add 10.5.0.0/24 via 192.168.50.11 dev br0 metric 9"],
      ["a disabled switch", "nvram set sr_enable_x=0"],
      [
        "a record that was changed on the page, and its route",
        `nvram set 'sr_rulelist=<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN${foreign}'; nvram commit; ip route del 10.5.0.0/24; ` +
          "ip route add 10.5.0.0/24 via 192.168.50.12 dev br0 metric 5",
      ],
      [
        "a record that was changed while the switch is off",
        "nvram set 'sr_rulelist=<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN'; nvram set sr_enable_x=0",
        devRecord,
      ],
      ["everything after a factory reset", `nvram set sr_rulelist=; nvram set sr_enable_x=0; ip route del 10.5.0.0/24`, devRecord],
    ];
    for (const [what, damage, list = devRecord + foreign] of damages) {
      it(`repairs ${what}`, async () => {
        const on = await boot();
        await on.script("create", [dev]);
        await on.set({ sr_rulelist: devRecord + foreign });
        await on.twin.console(`nvram commit; ${damage}`);
        const result = await on.script("update", [dev], { enableDormant: damage.includes("sr_enable_x=0") && list !== devRecord });
        assert.deepEqual(result, ok);
        const after = await on.state();
        assert.deepEqual([after.list, after.switch, after.live], [list, "1", [devLive]]);
        assert.equal((await on.script("update", [dev])).code, 0);
        assert.deepEqual(await on.state(), after, "a second update found more to do");
      });
    }
  });

  describe("remove", () => {
    it("removes only its own routes, reports that the switch stays on, and succeeds if nothing is left", async () => {
      const others = `${foreign}<broken<<>>`;
      const on = await boot({ sr_enable_x: "1", sr_rulelist: others });
      await on.script("create", [dev]);
      const { commits } = await on.state();
      const gone: Outcome = {
        stdout: "static routes removed: 10.5.0.0/24 via 192.168.50.11 metric 0; the router's switch for static routes stays as it is\n",
        stderr: "",
        code: 0,
      };
      assert.deepEqual(await on.script("remove", [dev]), gone);
      const after = { list: others, switch: "1", live: [foreignLive], commits: commits + 1 };
      assert.deepEqual(await on.state(), after);
      assert.deepEqual(await on.script("remove", [dev]), gone);
      assert.deepEqual(await on.state(), after);
    });

    it("keeps a route to the same destination by another gateway or with another metric", async () => {
      const others = "<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN<10.5.0.0>255.255.255.0>192.168.50.11>1>LAN";
      const on = await boot({ sr_enable_x: "1", sr_rulelist: others });
      const before = await on.state();
      assert.equal(before.live.length, 2);
      assert.equal((await on.script("remove", [dev])).code, 0);
      assert.deepEqual(await on.state(), before);
    });
  });

  it("refuses a next hop that has died, although the router still has its last answer", async () => {
    const on = await boot();
    await on.twin.console("ip neigh replace 192.168.50.99 lladdr 02:00:00:00:00:99 dev br0 nud reachable");
    const away = { ...dev, gateway: "192.168.50.99" as typeof dev.gateway };
    assert.match((await on.script("create", [away])).stderr, /next hop 192\.168\.50\.99 does not answer on the router's LAN/);
    await on.twin.console("ip neigh replace 192.168.50.99 lladdr 02:00:00:00:00:99 dev br0 nud reachable");
    assert.deepEqual((await on.reading([away])).lookups.get("192.168.50.99"), { interface: "br0", arpFailed: true, answers: false });
  });

  it("adds both stacks' routes when they come at the same moment", async () => {
    const on = await boot();
    const results = await Promise.all([on.script("create", [dev]), on.script("create", [prod])]);
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
    );
    const { list, live } = await on.state();
    assert.equal(list.split("<").length - 1, 2);
    assert.equal(live.length, 2);
    assert.equal(await on.twin.console("ls /tmp | grep -c homelab-network || true"), "0");
  });
});
