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
  { is: "and all is in place", situation: inPlace },
  { is: "and all is in place, without a metric", situation: having(FOREIGN + UNFILLED, LIVE) },
  { is: "and its record is missing", situation: having("", LIVE), differences: [missingRecord] },
  { is: "and its live route is missing", situation: having(RECORD), differences: [missingLive] },
  { is: "and all is missing, as after a reset", situation: off(""), differences: [missingRecord, switchedOff, missingLive] },
  {
    is: "and its record was changed, with the route that came of it",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN", "10.5.0.0/24 via 192.168.50.12 dev br0 metric 5"),
    differences: [
      `${pool}its record was changed on the router to '<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN'${repaired}`,
      missingLive,
      beside("10.5.0.0/24 via 192.168.50.12 dev br0 metric 5"),
    ],
  },
  {
    is: "and its record was changed, with a route beside it that did not come of it",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN", "10.5.0.0/24 via 192.168.50.12 dev br0 metric 9"),
    differences: [
      `${pool}its record was changed on the router to '<10.5.0.0>255.255.255.0>192.168.50.12>4>LAN'${repaired}`,
      missingLive,
      beside("10.5.0.0/24 via 192.168.50.12 dev br0 metric 9"),
    ],
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.12 dev br0 metric 9")}${another}`],
  },
  {
    is: "and its record is there twice",
    situation: having(RECORD + FOREIGN + UNFILLED, LIVE),
    differences: [`${pool}its record is in the router's list twice${repaired}`],
  },
  {
    is: "and its live route is there with another metric too",
    situation: having(RECORD, LIVE, "10.5.0.0/24 via 192.168.50.11 dev br0 metric 9"),
    differences: [beside("10.5.0.0/24 via 192.168.50.11 dev br0 metric 9")],
  },
  {
    is: "and the switch is off",
    situation: { variables: { sr_rulelist: RECORD, sr_enable_x: "" }, table: [LIVE] },
    differences: [switchedOff],
  },
  {
    is: "and a route of others is in the way of mending",
    situation: having(RECORD, "10.5.0.0/24 via 192.168.50.12 dev br0 metric 1"),
    differences: [missingLive, beside("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")],
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")}${another}`],
  },
  {
    is: "and its record was changed to another interface, which is no longer its own",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.11>0>WAN", LIVE),
    differences: [missingRecord],
    refusals: [`${inList("<10.5.0.0>255.255.255.0>192.168.50.11>0>WAN")}${remedy}`],
  },
  {
    is: "and something is to be mended to a gateway that does not answer",
    situation: { ...having(RECORD), ways: silent },
    differences: [missingLive],
    refusals: [unanswered],
  },
  { is: "and a gateway in place does not answer, of which nothing is said", situation: { ...inPlace, ways: silent } },
  {
    is: "and others are in the way of a route in place, which is a warning",
    situation: having(`${RECORD}<10.0.0.0>255.0.0.0>192.168.50.77>>LAN`, LIVE, "10.0.0.0/8 via 192.168.50.77 dev br0 metric 1"),
    warnings: [
      `${pool}the router's list has '<10.0.0.0>255.0.0.0>192.168.50.77>>LAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
      `${inTable("10.0.0.0/8 via 192.168.50.77 dev br0 metric 1")}${overlapping}`,
    ],
  },
  {
    is: "and the router became an access point, which is a warning",
    situation: { ...inPlace, variables: { ...inPlace.variables, sw_mode: "3" } },
    warnings: [`${host}not in routing mode (sw_mode is '3', not 1), so it ignores static routes; set it to wireless router mode`],
  },
];

const twoPools = { "pools[0].addresses": ["10.5.0.0/24", "10.7.0.0/24"] };
const SECOND = "<10.7.0.0>255.255.255.0>192.168.50.11>0>LAN";
const second = 'pools[0].addresses[1] = "10.7.0.0/24": ';
const own = (...records: string[]) => records.map((record) => record.slice(1));

const replacing: readonly Case[] = [
  { is: "of which it keeps one", situation: inPlace, changes: twoPools, owned: own(RECORD) },
  { is: "of which one goes", situation: having(RECORD + SECOND, LIVE, LIVE.replace("10.5", "10.7")), owned: own(RECORD, SECOND) },
  { is: "to another gateway", situation: having(UNFILLED, LIVE), owned: own(RECORD), changes: { "gateway.addresses": ["192.168.50.12"] } },
  { is: "with another metric", situation: inPlace, owned: own(RECORD), changes: { "router.metric": 7 } },
  {
    is: "to a network that holds the old one",
    situation: inPlace,
    owned: own(RECORD),
    changes: { "pools[0].addresses": ["10.5.0.0/23"] },
  },
  {
    is: "while another's record is for the new destination",
    situation: having(RECORD + SECOND, LIVE),
    changes: twoPools,
    owned: own(RECORD),
    refusals: [`${second}the router's list already has '${SECOND}' for it${byHand}`],
  },
  {
    is: "while the old record was changed, so that it stays",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN"),
    changes: twoPools,
    owned: own(RECORD),
    refusals: [`${inList("<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN")}${remedy}`],
  },
  {
    is: "of which one goes, while another's record overlaps the one that stays",
    situation: having(`${RECORD}${SECOND}<10.5.0.0>255.255.0.0>192.168.50.77>>LAN`, LIVE, LIVE.replace("10.5", "10.7")),
    owned: own(RECORD, SECOND),
    refusals: [
      `${pool}the router's list has '<10.5.0.0>255.255.0.0>192.168.50.77>>LAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
    ],
  },
  {
    is: "while the old live route has another gateway, so that it stays",
    situation: having(RECORD, "10.5.0.0/24 via 192.168.50.12 dev br0 metric 1"),
    changes: twoPools,
    owned: own(RECORD),
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")}${another}`],
  },
  {
    is: "while the old live route has another metric, so that it stays",
    situation: having(RECORD, "10.5.0.0/24 via 192.168.50.11 dev br0 metric 9"),
    changes: twoPools,
    owned: own(RECORD),
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.11 dev br0 metric 9")}${byHand}`],
  },
];

const interrupted: readonly Case[] = [
  { is: "and none came", situation: {} },
  { is: "and its record came alone", situation: having(RECORD) },
  { is: "and all came", situation: inPlace },
  {
    is: "and the gateway does not answer, so that none can be applied",
    situation: { ways: silent },
    refusals: [unanswered],
  },
];

describe("the judgement of an ASUS router that has the stack's routes", () => {
  describe("for the same ones,", () => owning.forEach((one) => test({ ...one, owned: true })));
  describe("which an interrupted run was applying,", () => interrupted.forEach((one) => test({ ...one, owned: true, mayBeMissing: true })));
  describe("for ones that replace them,", () => replacing.forEach(test));
});
