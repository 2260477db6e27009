import assert from "node:assert/strict";

import fc from "fast-check";

import { addRoute, MAX_BYTES, MAX_RECORDS, parseList, recordOf, removeRoute, renderList, withinLimits } from "../../router/rule-list";
import { route, routes } from "../support/routes";

const OURS = route("10.5.0.0/24", "192.168.50.11");
const OTHERS = "<172.16.0.0>255.240.0.0>192.168.50.9>3>LAN<0.0.0.0>0.0.0.0>203.0.113.1>>WAN";

/** Lists as nvram may hold them: sound records, and whatever else people and programs have left there. */
const junk = fc.string({ unit: fc.constantFrom(..."<>0123456789.LANW \\$'\"ä"), maxLength: 40 });
const lists = fc
  .array(
    fc.oneof(
      routes.map((each) => `<${recordOf(each)}`),
      junk,
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

/** Properties about adding and removing hold for routes that a list lacks. */
const lacking = fc.tuple(lists, routes).filter(([list, ours]) => !parseList(list).records.includes(recordOf(ours)));

describe("the rule list", () => {
  it("writes a record as the firmware reads it", () => {
    assert.equal(recordOf(OURS), "10.5.0.0>255.255.255.0>192.168.50.11>0>LAN");
  });

  it("adds a record at the end and leaves the others as they are", () => {
    assert.equal(renderList(addRoute(parseList(OTHERS), OURS)), `${OTHERS}<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN`);
    assert.equal(renderList(addRoute(parseList(""), OURS)), "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN");
  });

  it("removes exact matches only", () => {
    const near = ["0.5.0.0>255.255.255.0>192.168.50.11>0>LAN", "10.5.0.0>255.255.255.0>192.168.50.11>>LAN", `${recordOf(OURS)}>`];
    const list = [...near, recordOf(OURS)].map((record) => `<${record}`).join("");
    assert.equal(renderList(removeRoute(parseList(list), OURS)), near.map((record) => `<${record}`).join(""));
  });

  it("gives every list back byte for byte", () => {
    fc.assert(fc.property(fc.oneof(lists, fc.string()), (list) => assert.equal(renderList(parseList(list)), list)));
  });

  it("is as before after adding and removing", () => {
    fc.assert(fc.property(lacking, ([list, ours]) => assert.equal(renderList(removeRoute(addRoute(parseList(list), ours), ours)), list)));
  });

  it("is the same after adding twice as after adding once", () => {
    fc.assert(
      fc.property(lists, routes, (list, ours) => {
        const once = addRoute(parseList(list), ours);
        assert.equal(renderList(addRoute(once, ours)), renderList(once));
      }),
    );
  });

  it("changes no byte of what belongs to others", () => {
    fc.assert(
      fc.property(lists, routes, (list, ours) => {
        const added = renderList(addRoute(parseList(list), ours));
        assert.ok(added === list || added === `${list}<${recordOf(ours)}`, added);
        const removed = parseList(renderList(removeRoute(parseList(list), ours)));
        assert.equal(removed.preamble, parseList(list).preamble);
        assert.deepEqual(
          removed.records,
          parseList(list).records.filter((record) => record !== recordOf(ours)),
        );
      }),
    );
  });

  it("keeps clear of the firmware's buffers", () => {
    const list = (count: number) => parseList("<1".repeat(count));
    assert.deepEqual([MAX_BYTES, MAX_RECORDS], [1000, 20]);
    assert.deepEqual([withinLimits(list(20)), withinLimits(list(21))], [true, false]);
    assert.deepEqual([withinLimits(parseList("x".repeat(999))), withinLimits(parseList("x".repeat(1000)))], [true, false]);
    assert.equal(withinLimits(parseList("ä".repeat(500))), false, "bytes count, not characters");
  });
});
