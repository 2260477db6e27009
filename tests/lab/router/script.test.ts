/** The program's own script in the firmware's shell, over SSH: docs/reference/asus-router.md, "Apply and remove". */
import assert from "node:assert/strict";
import type { Route } from "../../../network/plan";
import { ROUTE_SCRIPT, type RouteAction, routeCommand } from "../../../router/script";
import { route } from "../../support/routes";
import { bench } from "./bench";
import type { Outcome, Router } from "./start-router";

const dev = route("10.5.0.0/24", "192.168.50.11");
const prod = route("10.6.0.0/24", "192.168.50.21", 7);
const foreign = "<172.30.0.0>255.255.255.0>192.168.50.77>>LAN";
const devRecord = "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN";

describe("the route's script on the router", function () {
  this.timeout(60_000);
  let router: Router | undefined;
  afterEach(() => router?.switchOff());

  const boot = async (settings: Record<string, string> = {}): Promise<Router> => (router = await bench().router(settings));
  const script = (on: Router, action: RouteAction, ...routes: Parameters<typeof routeCommand>[1]): Promise<Outcome> =>
    on.ssh(routeCommand(action, routes), {}, ROUTE_SCRIPT);
  const list = (on: Router): Promise<string> => on.console("nvram get sr_rulelist");
  const commits = async (on: Router): Promise<number> => Number(await on.console("cat /flash/commits 2>/dev/null || echo 0"));
  const live = async (on: Router): Promise<string[]> =>
    (await on.console("ip route show"))
      .split("\n")
      .filter((line) => line !== "" && !line.includes("proto kernel"))
      .map((line) => line.trim());

  it("sets record, switch and live route on a router that never had one, with one commit", async () => {
    const on = await boot();
    const before = await commits(on);
    assert.deepEqual(await script(on, "apply", dev), {
      stdout: "static routes in place: 10.5.0.0/24 via 192.168.50.11 metric 0\n",
      stderr: "",
      code: 0,
    });
    assert.equal(await list(on), devRecord);
    assert.equal(await on.console("nvram get sr_enable_x"), "1");
    assert.deepEqual(await live(on), ["10.5.0.0/24 via 192.168.50.11 dev br0 metric 1"]);
    assert.equal((await commits(on)) - before, 1);
  });

  it("writes nothing the second time", async () => {
    const on = await boot();
    await script(on, "apply", dev, prod);
    const [before, held] = [await commits(on), await list(on)];
    assert.equal((await script(on, "apply", dev, prod)).code, 0);
    assert.deepEqual([await commits(on), await list(on)], [before, held]);
  });

  it("gives the same table after a reboot as before it", async () => {
    const on = await boot();
    await script(on, "apply", dev, prod);
    const before = await live(on);
    assert.equal(before.length, 2);
    await on.switchOff();
    await on.switchOn();
    assert.deepEqual(await live(on), before);
  });

  it("takes away its own record and no other, broken ones included, and succeeds when there is nothing left", async () => {
    const others = `${foreign}<broken<<>>`;
    const on = await boot({ sr_enable_x: "1", sr_rulelist: others });
    await script(on, "apply", dev);
    assert.equal(await list(on), others + devRecord);
    assert.equal((await script(on, "remove", dev)).code, 0);
    assert.equal(await list(on), others);
    assert.ok(!(await live(on)).some((line) => line.startsWith("10.5.")));
    assert.equal((await script(on, "remove", dev)).code, 0);
    assert.equal(await list(on), others);
  });

  const full = Array.from({ length: 20 }, (_, index) => `<172.30.${index}.0>255.255.255.0>192.168.50.77>>LAN`).join("");
  const refusals: ReadonlyArray<readonly [what: string, settings: Record<string, string>, message: RegExp, route?: Route]> = [
    ["a router that does not route", { sw_mode: "3" }, /not in routing mode \(sw_mode is '3', not 1\)/],
    ["a next hop outside its LAN", {}, /next hop 192\.168\.99\.11 is outside the router's LAN/, route("10.5.0.0/24", "192.168.99.11")],
    ["to wake another's dormant records", { sr_enable_x: "0", sr_rulelist: foreign }, /static routes are switched off on the router/],
    ["another gateway for the same network", { sr_enable_x: "1", sr_rulelist: devRecord.replace(".11>", ".12>") }, /already/],
    ["a list that the firmware could not hold", { sr_enable_x: "1", sr_rulelist: full }, /would hold 21 routes/],
  ];
  for (const [what, settings, message, wanted = dev] of refusals) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const on = await boot(settings);
      const before = [await list(on), await on.console("nvram get sr_enable_x"), await commits(on), await live(on)];
      const { code, stderr } = await script(on, "apply", wanted);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.deepEqual([await list(on), await on.console("nvram get sr_enable_x"), await commits(on), await live(on)], before);
    });
  }

  it("says that the firmware skipped the commit, and puts the list back", async () => {
    const on = await boot();
    await on.console("nvram set asus_stop_commit=1");
    const { code, stderr } = await script(on, "apply", dev);
    assert.equal(code, 1);
    assert.match(stderr, /skipped nvram commit/);
    assert.equal(await list(on), "");
    assert.deepEqual(await live(on), []);
  });

  it("keeps both stacks' routes when they come at the same moment", async () => {
    const on = await boot();
    const [one, other] = await Promise.all([script(on, "apply", dev), script(on, "apply", prod)]);
    assert.deepEqual([one?.code, other?.code], [0, 0]);
    assert.equal((await list(on)).split("<").length - 1, 2);
    assert.equal((await live(on)).length, 2);
    assert.equal(await on.console("ls /tmp | grep -c homelab-network || true"), "0");
  });
});
