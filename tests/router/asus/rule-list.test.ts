import assert from "node:assert/strict";

import fc from "fast-check";

import { MAX_BYTES, MAX_RECORDS, recordOf } from "../../../config/route-list";
import {
  isRecordOf,
  takesFrom,
  parseList,
  parseRecord,
  placeRoute,
  removeRoute,
  renderList,
  withinLimits,
} from "../../../router/asus/rule-list";
import { route, routes } from "../../support/routes";

const OURS = route("10.5.0.0/24", "192.168.50.11");
const OTHERS = "<172.16.0.0>255.240.0.0>192.168.50.9>3>LAN<0.0.0.0>0.0.0.0>203.0.113.1>>WAN";

/** Possible contents of nvram: valid records, and anything else that people and programs leave there. */
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

/** Routes that a list lacks, for properties of adding and removing. */
const lacking = fc.tuple(lists, routes).filter(([list, ours]) => !parseList(list).records.some((record) => isRecordOf(record, ours)));

describe("the rule list", () => {
  it("writes a record in the firmware's format", () => {
    assert.equal(recordOf(OURS), "10.5.0.0>255.255.255.0>192.168.50.11>0>LAN");
  });

  it("adds a record at the end and keeps the others unchanged", () => {
    assert.equal(renderList(placeRoute(parseList(OTHERS), OURS)), `${OTHERS}<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN`);
    assert.equal(renderList(placeRoute(parseList(""), OURS)), "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN");
  });

  it("removes exact matches only, with an empty metric read as 0", () => {
    const near = ["0.5.0.0>255.255.255.0>192.168.50.11>0>LAN", "10.5.0.0>255.255.255.0>192.168.50.11>00>LAN", `${recordOf(OURS)}>`];
    const unfilled = "<10.5.0.0>255.255.255.0>192.168.50.11>>LAN";
    assert.equal(renderList(removeRoute(parseList(OTHERS + unfilled), OURS)), OTHERS);
    assert.equal(renderList(removeRoute(parseList(unfilled), route("10.5.0.0/24", "192.168.50.11", 1))), unfilled);
    const list = [...near, recordOf(OURS)].map((record) => `<${record}`).join("");
    assert.equal(renderList(removeRoute(parseList(list), OURS)), near.map((record) => `<${record}`).join(""));
  });

  it("renders every parsed list byte for byte", () => {
    fc.assert(fc.property(fc.oneof(lists, fc.string()), (list) => assert.equal(renderList(parseList(list)), list)));
  });

  it("is unchanged after adding and removing a record", () => {
    fc.assert(fc.property(lacking, ([list, ours]) => assert.equal(renderList(removeRoute(placeRoute(parseList(list), ours), ours)), list)));
  });

  it("is the same after adding a record twice as after adding it once", () => {
    fc.assert(
      fc.property(lists, routes, (list, ours) => {
        const once = placeRoute(parseList(list), ours);
        assert.equal(renderList(placeRoute(once, ours)), renderList(once));
      }),
    );
  });

  it("keeps the position of a record with either spelling of its metric, and removes a second copy", () => {
    const unfilled = "<10.5.0.0>255.255.255.0>192.168.50.11>>LAN";
    assert.equal(renderList(placeRoute(parseList(unfilled + OTHERS), OURS)), unfilled + OTHERS);
    assert.equal(renderList(placeRoute(parseList(`${unfilled}${OTHERS}<${recordOf(OURS)}`), OURS)), unfilled + OTHERS);
  });

  it("replaces a record that somebody edited", () => {
    const altered = recordOf(route("10.5.0.0/24", "192.168.50.99", 3));
    assert.equal(renderList(placeRoute(parseList(`<a<${altered}${OTHERS}`), OURS, altered)), `<a<${recordOf(OURS)}${OTHERS}`);
  });

  it("keeps foreign records byte for byte, in their order", () => {
    fc.assert(
      fc.property(lists, routes, (list, ours) => {
        const others = (text: string) => parseList(text).records.filter((record) => !isRecordOf(record, ours));
        for (const changed of [placeRoute(parseList(list), ours), removeRoute(parseList(list), ours)]) {
          assert.deepEqual(others(renderList(changed)), others(list));
          assert.equal(changed.preamble, parseList(list).preamble);
        }
        assert.equal(placeRoute(parseList(list), ours).records.filter((record) => isRecordOf(record, ours)).length, 1);
      }),
    );
  });

  it("parses a record as the firmware does", () => {
    const record = { destination: "10.5.0.0", netmask: "255.255.255.0", gateway: "192.168.50.11", metric: 7, interface: "LAN" };
    assert.deepEqual(parseRecord("10.5.0.0>255.255.255.0>192.168.50.11>7>LAN"), record);
    assert.equal(parseRecord("10.5.0.0>255.255.255.0>192.168.50.11>>LAN")?.metric, 0);
    for (const broken of [
      "",
      "10.5.0.0>255.255.255.0>192.168.50.11>7",
      "10.5.0.0>255.255.255.0>192.168.50.11>7>LAN>",
      "x>255.0.0.0>a>0>LAN",
    ]) {
      assert.equal(parseRecord(broken), undefined, broken);
    }
  });

  it("finds records that take addresses from a route, which are equal or more specific", () => {
    const takes = (destination: string, netmask: string) => {
      const record = parseRecord(`${destination}>${netmask}>192.168.50.9>0>LAN`);
      assert.ok(record);
      return takesFrom(record, OURS);
    };
    assert.ok(takes("10.5.0.0", "255.255.255.0"));
    assert.ok(!takes("10.0.0.0", "255.0.0.0"), "the longer prefix wins");
    assert.ok(!takes("10.5.0.0", "255.255.254.0"), "the longer prefix wins");
    assert.ok(takes("10.5.0.128", "255.255.255.128"));
    assert.ok(!takes("10.5.1.0", "255.255.255.0"));
    assert.ok(!takes("0.0.0.0", "0.0.0.0"), "a default route conflicts with none");
  });

  it("stays below the firmware's buffer sizes", () => {
    const list = (count: number) => parseList("<1".repeat(count));
    assert.deepEqual([MAX_BYTES, MAX_RECORDS], [1000, 20]);
    assert.deepEqual([withinLimits(list(19)), withinLimits(list(20))], [true, false]);
    assert.deepEqual([withinLimits(parseList("x".repeat(999))), withinLimits(parseList("x".repeat(1000)))], [true, false]);
  });
});
