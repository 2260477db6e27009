import assert from "node:assert/strict";

import fc from "fast-check";

import { judge } from "../../../router/asus/judge";
import type { AsusReading } from "../../../router/asus/reading";
import { editedRecordOf } from "../../../router/asus/refusals";
import { recordOf } from "../../../config/route-list";
import { isRecordOf, takesFrom, parseList, parseRecord, placeRoute, renderList, withinLimits } from "../../../router/asus/rule-list";
import { devPlan, readingOf } from "../../support/readings";

/** Few values, so that records, lines and routes collide often. */
const destination = fc.constantFrom("10.5.0.0", "10.5.0.128", "10.7.0.0", "10.0.0.0", "172.30.0.0", "0.0.0.0");
const gateway = fc.constantFrom("192.168.50.11", "192.168.50.12", "192.168.50.77", "");
const metric = fc.constantFrom("", "0", "1", "7", "07", "-1", "x");
const junk = fc.string({ unit: fc.constantFrom(..."<>0123456789.LANW @\\$'\"\xe4"), maxLength: 20 });
const record = fc
  .tuple(
    destination,
    fc.constantFrom("255.255.255.0", "255.255.255.128", "255.0.255.0", "0.0.0.0", "24"),
    gateway,
    metric,
    fc.constantFrom("LAN", "WAN", "lan"),
  )
  .map((fields) => `<${fields.join(">")}`);
const lists = fc.array(fc.oneof({ weight: 4, arbitrary: record }, junk), { maxLength: 24 }).map((parts) => parts.join(""));
const line = fc
  .tuple(
    fc.constantFrom("", "blackhole ", "nexthop "),
    destination,
    fc.constantFrom("", "/24", "/25", "/8", "/0", "/33", "/x", "/-1"),
    gateway,
    fc.constantFrom("br0", "br1", ""),
    metric,
  )
  .map(([kind, to, prefix, via, device, number]) => `${kind}${to}${prefix} via ${via} dev ${device} metric ${number}`);
const tables = fc.array(fc.oneof({ weight: 4, arbitrary: line }, junk), { maxLength: 6 });
const anything = fc.oneof(junk, fc.string(), fc.constantFrom("0", "1", "192.168.50.1", "255.255.255.0", "255.0.255.0", "br0"));

const either = [false, true];
const plans = fc.constantFrom(
  ...either.flatMap((adopt) =>
    either.flatMap((enableDormant) =>
      either.flatMap((two) =>
        [0, 7].map((metric) =>
          devPlan({
            "router.adopt": adopt,
            "router.enableDormant": enableDormant,
            "router.metric": metric,
            "pools[0].addresses": ["10.5.0.0/24", ...(two ? ["10.7.0.0/24"] : [])],
          }),
        ),
      ),
    ),
  ),
);

/** A plan, its routes in the state (none, its own, or others), and a healthy router with any list and table. */
const judged = fc
  .tuple(
    plans,
    fc.constantFrom("nothing", "its own", "others"),
    fc.array(record, { maxLength: 2 }),
    lists,
    tables,
    fc.constantFrom("1", "0", ""),
  )
  .map(([plan, owns, others, sr_rulelist, table, sr_enable_x]) => ({
    plan,
    owned: owns === "nothing" ? [] : owns === "its own" ? plan.routes.map(recordOf) : others.map((text) => text.slice(1)),
    reading: readingOf({ variables: { sr_rulelist: sr_rulelist.replaceAll("@", ""), sr_enable_x }, table }),
  }));

describe("every comparison of an ASUS router", () => {
  it("succeeds, with the same result twice, for any nvram and table", () => {
    const variables = fc.record({
      mode: anything,
      lanInterface: anything,
      lanAddress: anything,
      lanNetmask: anything,
      list: anything,
      switch: anything,
    });
    const some = fc.tuple(judged, variables, fc.boolean()).map(([one, values, isSound]) => {
      const reading: AsusReading = isSound ? one.reading : { ...one.reading, ...values };
      return { ...one, reading };
    });
    fc.assert(
      fc.property(some, (one) => assert.deepEqual(judge(one), judge(one))),
      { numRuns: 500 },
    );
  });

  it("without refusals, keeps foreign records byte for byte, and leaves no conflicting line beside the routes", () => {
    let allowed = 0;
    fc.assert(
      fc.property(judged, ({ plan, reading }) => {
        if (judge({ plan, owned: [], reading }).refusals.length > 0) return;
        allowed += 1;
        const before = parseList(reading.list);
        const after = plan.routes.reduce(
          (list, route) => placeRoute(list, route, editedRecordOf({ reading, isManaged: () => false }, route)),
          before,
        );
        const isOurs = (text: string) => plan.routes.some((route) => isRecordOf(text, route));
        const others = after.records.filter((text) => !isOurs(text));
        assert.deepEqual(
          others,
          before.records.filter((text) => !isOurs(text)),
        );
        assert.equal(after.preamble, before.preamble);
        assert.equal(after.records.length, others.length + plan.routes.length);
        assert.ok(renderList(after) === reading.list || withinLimits(after));
        for (const other of others.flatMap((text) => parseRecord(text) ?? [])) {
          assert.ok(
            plan.routes.every((route) => !takesFrom(other, route)),
            JSON.stringify(other),
          );
        }
      }),
      { numRuns: 2000 },
    );
    assert.ok(allowed > 50, `only ${allowed} of the situations were allowed`);
  });

  it("without refusals, changes at most one record for each repaired route", () => {
    fc.assert(
      fc.property(judged, ({ plan, reading }) => {
        const owned = plan.routes.map(recordOf);
        if (judge({ plan, owned, reading }).refusals.length > 0) return;
        const before = parseList(reading.list);
        const altered = plan.routes.map((route) => editedRecordOf({ reading, isManaged: () => true }, route));
        const after = plan.routes.reduce((list, route, index) => placeRoute(list, route, altered[index]), before);
        const isOurs = (text: string) => altered.includes(text) || plan.routes.some((route) => isRecordOf(text, route));
        assert.deepEqual(
          after.records.filter((text) => !isOurs(text)),
          before.records.filter((text) => !isOurs(text)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("finds nothing to do after its own changes", () => {
    fc.assert(
      fc.property(judged, ({ plan, reading }) => {
        const list = renderList(plan.routes.reduce((done, route) => placeRoute(done, route), parseList(reading.list)));
        const live = plan.routes.map(
          ({ destination, gateway, metric }) => `${destination.text} via ${gateway} dev br0 metric ${metric + 1}`,
        );
        const followed = readingOf({ variables: { sr_rulelist: list, sr_enable_x: "1" }, table: live });
        const { refusals, differences } = judge({ plan, owned: plan.routes.map(recordOf), reading: followed });
        assert.deepEqual([refusals, differences], [[], []]);
      }),
    );
  });
});
