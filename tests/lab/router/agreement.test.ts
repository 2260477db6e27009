/**
 * The rules for changes of the router exist twice: in TypeScript, which reports problems before anything changes, and in the script, which has the
 * router's lock. This test gives both the same random situations.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Ipv4 } from "../../../config/address/address";
import type { Plan, Route } from "../../../config/plan";
import { judge } from "../../../router/asus/judge";
import { editedRecordOf } from "../../../router/asus/refusals";
import { recordOf } from "../../../config/route-list";
import { isRecordOf, parseList, placeRoute, removeRoute, renderList } from "../../../router/asus/rule-list";
import { bench } from "./bench";
import { devPlan } from "../../support/readings";
import { route } from "../../support/routes";
import { RouteRouter } from "./route-router";

const pools = [
  { name: "lab-dev", addresses: ["10.5.0.0/24"] },
  { name: "more", addresses: ["10.5.16.0/20"] },
];

/** Routes of the stack that are no longer planned. */
const others = [route("172.30.0.0/24", "192.168.50.77"), route("10.5.20.0/24", "192.168.50.77")];

/** Records that are the plan's, similar to the plan's, in conflict with it, or unrelated. */
const records = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("10.5.0.0>255.255.255.0>192.168.50.11>0>LAN", "10.5.16.0>255.255.240.0>192.168.50.11>0>LAN") },
  { weight: 1, arbitrary: fc.constantFrom("10.5.0.0>255.255.255.0>192.168.50.11>>LAN", "10.5.16.0>255.255.240.0>192.168.50.11>>LAN") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "10.5.0.0>255.255.255.0>192.168.50.12>0>LAN",
      "10.5.0.0>255.255.255.0>192.168.50.11>07>LAN",
      "10.5.0.0>255.255.255.0>192.168.50.11>x>LAN",
      "10.5.0.0>255.255.255.0>192.168.50.12>7a>LAN",
      "10.5.16.0>255.255.240.0>192.168.50.11>0>WAN",
      "10.5.20.0>255.255.255.0>192.168.50.77>>LAN",
      "10.0.0.0>255.0.0.0>192.168.50.77>2>VPN",
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "172.30.0.0>255.255.255.0>192.168.50.77>>LAN",
      "0.0.0.0>0.0.0.0>192.168.50.77>>WAN",
      "10.5.00.0>255.255.255.0>192.168.50.77>>LAN",
      "10.5.0.0>255.255.255.0>192.168.50.12>0>LAN>",
      "10.5.0.256>255.255.255.0>192.168.50.12>0>LAN",
      "10.5.0.0>255.255.255.0>192.168.50.12",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(..."<>0123456789.LANW \\$'\"*;&|`~#%!"), maxLength: 12 }) },
);
const lists = fc
  .tuple(fc.constantFrom("", "", "", "junk", ">"), fc.array(records, { maxLength: 4 }))
  .map(([preamble, some]) => [preamble, ...some].join("<"))
  // A shell's $(...) removes trailing line breaks, which no real list has.
  .filter((list) => list === list.trimEnd());

const lines = fc.uniqueArray(
  fc.constantFrom(
    "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1",
    "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1",
    "10.5.0.0/24 via 192.168.50.11 dev br0",
    "10.5.0.0/24 via 192.168.50.12 dev br0 metric 1",
    "10.5.0.0/24 via 192.168.50.11 dev br0 metric 8",
    "10.5.16.0/20 via 192.168.50.11 dev br0 metric 1",
    "10.5.16.0/20 dev br0 metric 4",
    "10.5.18.0/24 via 192.168.50.77 dev br0",
    "blackhole 10.0.0.0/8",
    "blackhole 10.5.17.0/24",
    "10.0.0.0/9 via 192.168.50.77 dev br0",
    "172.30.0.0/24 via 192.168.50.77 dev br0 metric 1",
    "10.5.0.9 via 192.168.50.77 dev br0",
  ),
  // `ip route add` creates no second route with the same destination and metric.
  { maxLength: 3, selector: (line) => `${/[0-9.]+(\/\d+)?/.exec(line)?.[0]} ${/metric \d+/.exec(line)?.[0] ?? ""}` },
);

/** Rules before the main table. Table 101 has routes of a VPN. */
const rules = fc.uniqueArray(
  fc.constantFrom(
    "pref 100 from 192.168.50.0/24 to 10.0.0.0/8 lookup 101",
    "pref 101 from 192.168.50.33 lookup 101",
    "pref 102 to 10.5.16.0/24 iif br0 lookup 101",
    "pref 103 from 192.168.50.0/25 to 10.5.0.0/16 prohibit",
    "pref 104 from 192.168.50.128/25 to 10.5.0.0/24 unreachable",
    "pref 105 fwmark 0x7 lookup 101",
    "pref 90 lookup main suppress_prefixlength 16",
    "pref 99 iif br0 to 10.5.0.0/24 goto 200",
    "pref 106 not to 192.168.50.0/24 lookup 101",
  ),
  { maxLength: 2 },
);
const tunnel = [
  "ip link add tun11 type bridge 2>/dev/null && ip link set tun11 up",
  "ip route replace 192.168.50.0/24 dev br0 table 101",
  "ip route replace 10.5.16.0/21 dev tun11 table 101",
  "ip route replace throw 10.5.18.0/24 table 101",
  "ip route replace blackhole 10.5.0.64/26 table 101",
  "ip rule del pref 200; ip rule add pref 200 lookup main",
];

const situations = fc.record({
  rules: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: rules }),
  list: lists,
  table: lines,
  switch: fc.constantFrom("1", "1", "1", "0", ""),
  mode: fc.constantFrom("1", "1", "1", "1", "1", "1", "3"),
  // The stack's own routes on the router: none, the plan's, routes to the same destinations by another gateway, only one of two, or another.
  owns: fc.constantFrom("nothing" as const, "its own" as const, "moved" as const, "the first" as const, "another" as const),
  adopt: fc.boolean(),
  enableDormant: fc.boolean(),
  pools: fc.constantFrom(pools, pools.slice(0, 1)),
});

const runs = Number(process.env["ROUNDS"] ?? 3) * 12;
const seed = Number(process.env["SEED"] ?? 20261125);

describe(`the program and the script agree, in ${runs} situations from seed ${seed}`, function () {
  this.timeout(20 * 60_000);
  let router: RouteRouter;
  before(async () => {
    router = new RouteRouter(await bench().router());
  });
  after(() => router?.twin.switchOff());

  async function arrange(situation: {
    list: string;
    switch: string;
    mode: string;
    table: readonly string[];
    rules: readonly string[];
  }): Promise<void> {
    await router.set({ sr_rulelist: situation.list, sr_enable_x: situation.switch, sw_mode: situation.mode });
    const clear = "ip route show | grep -v 'proto kernel' | while read -r line; do ip route del $line; done";
    const clearRules = "for number in 90 99 100 101 102 103 104 105 106; do ip rule del pref $number 2>/dev/null; done";
    const added = situation.rules.map((rule) => `ip rule add ${rule}`);
    await router.twin.console(
      [clear, clearRules, ...tunnel, ...added, ...situation.table.map((line) => `ip route add ${line}`)].join("; "),
    );
  }

  const isIn = (some: readonly Route[], { destination }: Route) => some.some((one) => one.destination.text === destination.text);

  /** Returns the stack's routes: those of the last run, and all planned ones if the list shows that the update has already run. */
  const ownedBy = (plan: Plan, last: readonly Route[], list: string): readonly Route[] => {
    const { records } = parseList(list);
    const isListed = (one: Route) => records.some((record) => isRecordOf(record, one));
    const added = plan.routes.filter((one) => !isIn(last, one));
    const isDone = last.length > 0 && added.every(isListed) && !last.some((one) => !isIn(plan.routes, one) && isListed(one));
    return isDone ? [...last.filter((one) => isIn(plan.routes, one)), ...added] : last;
  };

  /** Returns the list that the script leaves. @param owned the stack's routes */
  const listOf = (plan: Plan, before: string, owned: readonly Route[]): string => {
    const gone = owned.filter((one) => !isIn(plan.routes, one));
    const kept = gone.reduce(removeRoute, parseList(before));
    const reading = { list: renderList(kept) } as Parameters<typeof editedRecordOf>[0]["reading"];
    const isManaged = (one: Route) => isIn(owned, one);
    const placed = plan.routes.reduce((done, one) => placeRoute(done, one, editedRecordOf({ reading, isManaged }, one)), kept);
    return renderList(placed);
  };

  it("on what is refused, and on the resulting list", async () => {
    const seen = { refused: 0, changed: 0, left: 0 };
    await fc.assert(
      fc.asyncProperty(situations, async (situation) => {
        const { owns, adopt, enableDormant } = situation;
        const action = owns === "nothing" ? "create" : "update";
        const plan = devPlan({ pools: situation.pools, "router.adopt": adopt, "router.enableDormant": enableDormant });
        await arrange(situation);
        const before = await router.state();
        const mine = plan.routes.map(recordOf);
        const moved = plan.routes.map((one) => ({ ...one, gateway: "192.168.50.12" as Ipv4, metric: 7 }));
        const last = { nothing: [], "its own": plan.routes, moved, "the first": plan.routes.slice(0, 1), another: others }[owns];
        const ownRoutes = ownedBy(plan, last, before.list);
        const owned = ownRoutes.map(recordOf);
        const { refusals, differences } = judge({ plan, owned, reading: await router.reading(plan.routes) });
        const { code, stderr } = await router.script(action, plan.routes, { adopt, enableDormant }, action === "create" ? undefined : last);
        const after = await router.state();
        const reported = JSON.stringify({ refusals, differences, stderr });
        assert.equal(code === 0, refusals.length === 0, reported);
        if (code !== 0) {
          seen.refused++;
          assert.deepEqual(after, before, reported);
          return;
        }
        const untouched = owned.join() === mine.join() && differences.length === 0;
        if (untouched) assert.deepEqual(after, before, reported);
        assert.equal(after.list, untouched ? before.list : listOf(plan, before.list, ownRoutes), reported);
        assert.ok(after.commits <= before.commits + 1, "more than one commit");
        seen[before.list === after.list && before.live.length === after.live.length ? "left" : "changed"]++;
        // The next preview must accept the result of the script.
        const next = judge({ plan, owned: mine, reading: await router.reading(plan.routes) });
        assert.deepEqual([next.refusals, next.differences], [[], []], reported);
      }),
      { numRuns: runs, seed, endOnFailure: true },
    );
    assert.ok(seen.refused > 0 && seen.changed > 0, `the situations are all alike: ${JSON.stringify(seen)}`);
  });
});
