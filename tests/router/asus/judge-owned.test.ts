import {
  RECORD,
  UNFILLED,
  LIVE,
  FOREIGN,
  inPlace,
  silent,
  having,
  off,
  pool,
  host,
  byHand,
  remedy,
  repaired,
  another,
  overlapping,
  inTable,
  inList,
  beside,
  missingRecord,
  missingLive,
  switchedOff,
  unanswered,
  test,
  type Case,
} from "../../support/judgements";

const owning: readonly Case[] = [
  { is: "finds no difference", situation: inPlace },
  { is: "finds no difference for a record without a metric", situation: having(FOREIGN + UNFILLED, LIVE) },
  { is: "repairs a missing record", situation: having("", LIVE), differences: [missingRecord] },
  { is: "repairs a missing live route", situation: having(RECORD), differences: [missingLive] },
  { is: "repairs everything after a reset", situation: off(""), differences: [missingRecord, switchedOff, missingLive] },
  {
    is: "repairs a record that was edited, with its live route",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN", "10.5.0.0/24 via 192.168.50.12 dev br0 metric 5"),
    differences: [
      `${pool}its record was changed on the router to '<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN'${repaired}`,
      missingLive,
      beside("10.5.0.0/24 via 192.168.50.12 dev br0 metric 5"),
    ],
  },
  {
    is: "refuses to repair an edited record beside a live route that it did not create",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN", "10.5.0.0/24 via 192.168.50.12 dev br0 metric 9"),
    differences: [
      `${pool}its record was changed on the router to '<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN'${repaired}`,
      missingLive,
      beside("10.5.0.0/24 via 192.168.50.12 dev br0 metric 9"),
    ],
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.12 dev br0 metric 9")}${another}`],
  },
  {
    is: "removes a second copy of its record",
    situation: having(RECORD + FOREIGN + UNFILLED, LIVE),
    differences: [`${pool}its record is in the router's list twice${repaired}`],
  },
  {
    is: "removes a second live route with another metric",
    situation: having(RECORD, LIVE, "10.5.0.0/24 via 192.168.50.11 dev br0 metric 9"),
    differences: [beside("10.5.0.0/24 via 192.168.50.11 dev br0 metric 9")],
  },
  {
    is: "switches static routes on",
    situation: { variables: { sr_rulelist: RECORD, sr_enable_x: "" }, table: [LIVE] },
    differences: [switchedOff],
  },
  {
    is: "refuses to repair a route that conflicts with a foreign live route",
    situation: having(RECORD, "10.5.0.0/24 via 192.168.50.12 dev br0 metric 1"),
    differences: [missingLive, beside("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")],
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")}${another}`],
  },
  {
    is: "refuses to repair a record that was moved to another interface, which makes it foreign",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.11>0>WAN", LIVE),
    differences: [missingRecord],
    refusals: [`${inList("<10.5.0.0>255.255.255.0>192.168.50.11>0>WAN")}${remedy}`],
  },
  {
    is: "refuses to repair a route to a gateway that does not answer",
    situation: { ...having(RECORD), ways: silent },
    differences: [missingLive],
    refusals: [unanswered],
  },
  { is: "reports nothing about a gateway that does not answer, if its routes are complete", situation: { ...inPlace, ways: silent } },
  {
    is: "warns of foreign routes that conflict with a complete route",
    situation: having(`${RECORD}<10.5.0.64>255.255.255.192>192.168.50.77>>LAN`, LIVE, "10.5.0.64/26 via 192.168.50.77 dev br0 metric 1"),
    warnings: [
      `${pool}the router's list has '<10.5.0.64>255.255.255.192>192.168.50.77>>LAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
      `${inTable("10.5.0.64/26 via 192.168.50.77 dev br0 metric 1")}${overlapping}`,
    ],
  },
  {
    is: "accepts wider routes beside a complete route",
    situation: having(
      `${RECORD}<10.0.0.0>255.0.0.0>192.168.50.77>>LAN`,
      LIVE,
      "0.0.0.0/1 via 10.8.0.1 dev tun11",
      "10.0.0.0/8 via 192.168.50.77 dev br0 metric 1",
      "blackhole 10.5.0.0/16",
    ),
  },
  {
    is: "warns of a router that became an access point",
    situation: { ...inPlace, variables: { ...inPlace.variables, sw_mode: "3" } },
    warnings: [`${host}not in routing mode (sw_mode is '3', not 1), so it ignores static routes; set it to wireless router mode`],
  },
];

const twoPools = { "pools[0].addresses": ["10.5.0.0/24", "10.7.0.0/24"] };
const SECOND = "<10.7.0.0>255.255.255.0>192.168.50.11>0>LAN";
const second = 'pools[0].addresses[1] = "10.7.0.0/24": ';
const own = (...records: string[]) => records.map((record) => record.slice(1));

const replacing: readonly Case[] = [
  { is: "keeps one of two routes", situation: inPlace, changes: twoPools, owned: own(RECORD) },
  { is: "removes one of two routes", situation: having(RECORD + SECOND, LIVE, LIVE.replace("10.5", "10.7")), owned: own(RECORD, SECOND) },
  { is: "changes the gateway", situation: having(UNFILLED, LIVE), owned: own(RECORD), changes: { "gateway.addresses": ["192.168.50.12"] } },
  { is: "changes the metric", situation: inPlace, owned: own(RECORD), changes: { "router.metric": 7 } },
  {
    is: "removes a network for one that contains it",
    situation: inPlace,
    owned: own(RECORD),
    changes: { "pools[0].addresses": ["10.5.0.0/23"] },
  },
  {
    is: "refuses a new destination for which a foreign record exists",
    situation: having(RECORD + SECOND, LIVE),
    changes: twoPools,
    owned: own(RECORD),
    refusals: [`${second}the router's list already has '${SECOND}' for it${byHand}`],
  },
  {
    is: "corrects a record of the other route that was edited, and says so",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN"),
    changes: twoPools,
    owned: own(RECORD),
    warnings: [`${pool}its record was changed on the router to '<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN'${repaired}`, missingLive],
  },
  {
    is: "keeps a record of the removed route that was edited, and refuses a new one that overlaps it",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN"),
    changes: { "pools[0].addresses": ["10.5.0.0/23"] },
    owned: own(RECORD),
    refusals: [
      `pools[0].addresses[0] = "10.5.0.0/23": the router's list has '<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
    ],
  },
  {
    is: "refuses a foreign record that overlaps the route that stays",
    situation: having(`${RECORD}${SECOND}<10.5.0.8>255.255.255.252>192.168.50.77>>LAN`, LIVE, LIVE.replace("10.5", "10.7")),
    owned: own(RECORD, SECOND),
    refusals: [
      `${pool}the router's list has '<10.5.0.8>255.255.255.252>192.168.50.77>>LAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
    ],
  },
  {
    is: "refuses to correct a live route that has another gateway now",
    situation: having(RECORD, "10.5.0.0/24 via 192.168.50.12 dev br0 metric 1"),
    changes: twoPools,
    owned: own(RECORD),
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")}${another}`],
    warnings: [missingLive, beside("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")],
  },
  {
    is: "corrects a live route that has another metric now, and says so",
    situation: having(RECORD, "10.5.0.0/24 via 192.168.50.11 dev br0 metric 9"),
    changes: twoPools,
    owned: own(RECORD),
    warnings: [missingLive, beside("10.5.0.0/24 via 192.168.50.11 dev br0 metric 9")],
  },
];

const interrupted: readonly Case[] = [
  { is: "applies routes of which none was applied", situation: {} },
  { is: "applies the live route of a record that was applied", situation: having(RECORD) },
  { is: "finds no difference if all were applied", situation: inPlace },
  {
    is: "refuses routes to a gateway that does not answer",
    situation: { ways: silent },
    refusals: [unanswered],
  },
];

describe("the comparison of an ASUS router that has the stack's routes", () => {
  describe("with the same routes,", () => owning.forEach((one) => test({ ...one, owned: true })));
  describe("with routes that an interrupted run was applying,", () =>
    interrupted.forEach((one) => test({ ...one, owned: true, mayBeMissing: true })));
  describe("with other routes,", () => replacing.forEach(test));
});
