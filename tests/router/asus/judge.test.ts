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
  gateway,
  byHand,
  remedy,
  another,
  overlapping,
  inTable,
  inList,
  unanswered,
  dormant,
  onLan,
  test,
  type Case,
} from "../../support/judgements";
import { neighbour } from "../../support/readings";

const fresh: readonly Case[] = [
  { is: "on a router with nothing", situation: {} },
  { is: "beside others' records and routes", situation: having(FOREIGN, "172.30.0.0/24 via 192.168.50.77 dev br0 metric 1") },
  { is: "beside what leads everywhere", situation: having("<0.0.0.0>0.0.0.0>192.168.50.77>>LAN", "0.0.0.0/0 via 192.168.50.77 dev br0") },
  { is: "where its record is there, unless it may adopt it", situation: having(RECORD), refusals: [`${inList(RECORD)} for it${byHand}`] },
  { is: "where its record is there without a metric", situation: having(UNFILLED), refusals: [`${inList(RECORD)} for it${byHand}`] },
  { is: "where record and live route are there, which it says once", situation: inPlace, refusals: [`${inList(RECORD)} for it${byHand}`] },
  { is: "where only the live route is there", situation: having("", LIVE), refusals: [`${inTable(LIVE)}${byHand}`] },
  { is: "where it may adopt record and route", situation: inPlace, changes: { "router.adopt": true } },
  { is: "where it may adopt the record alone", situation: having(UNFILLED), changes: { "router.adopt": true } },
  {
    is: "where it may adopt a route with another metric",
    situation: having("", "10.5.0.0/24 via 192.168.50.11 dev br0"),
    changes: { "router.adopt": true },
  },
  {
    is: "where another's record is for the same destination, which nobody may adopt",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN"),
    changes: { "router.adopt": true },
    refusals: [`${inList("<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN")}${remedy}`],
  },
  {
    is: "where another's record overlaps, by a mask with holes too",
    situation: having("<10.0.0.0>255.0.0.0>192.168.50.77>>LAN<0.0.0.7>0.0.0.255>192.168.50.77>>WAN"),
    refusals: [
      `${pool}the router's list has '<10.0.0.0>255.0.0.0>192.168.50.77>>LAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
      `${pool}the router's list has '<0.0.0.7>0.0.0.255>192.168.50.77>>WAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
    ],
  },
  { is: "beside records that are broken", situation: having("junk<10.5.0.0>255.255.255.0>192.168.50.12>0<<10.5.0.0>24>x>>LAN<*$(id)") },
  {
    is: "where another's live route overlaps",
    situation: having("", "10.5.0.128/25 via 192.168.50.77 dev br0 metric 1", "blackhole 10.0.0.0/8", "10.5.0.9 dev tun11 scope link"),
    refusals: [
      `${inTable("10.5.0.128/25 via 192.168.50.77 dev br0 metric 1")}${overlapping}`,
      `${inTable("blackhole 10.0.0.0/8")}${overlapping}`,
      `${inTable("10.5.0.9 dev tun11 scope link")}${overlapping}`,
    ],
  },
  {
    is: "where another's live route leads to the same destination",
    situation: having("", "10.5.0.0/24 via 192.168.50.12 dev br0 metric 1", "blackhole 10.5.0.0/24"),
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")}${another}`, `${inTable("blackhole 10.5.0.0/24")}${another}`],
  },
  { is: "where the switch is off and the list empty", situation: off("") },
  { is: "where switching on would wake others' records", situation: off(FOREIGN), refusals: [dormant(FOREIGN)] },
  { is: "where switching on would wake what stands before the first record", situation: off("junk"), refusals: [dormant("junk")] },
  { is: "where it may wake them", situation: off(FOREIGN), changes: { "router.enableDormant": true } },
  {
    is: "on what is no router",
    situation: { variables: { sw_mode: "3", sr_rulelist: RECORD, sr_enable_x: "0" }, ways: silent },
    refusals: [`${host}not in routing mode (sw_mode is '3', not 1), so it ignores static routes; set it to wireless router mode`],
  },
  {
    is: "on a router without a LAN",
    situation: { variables: { lan_ipaddr: "", lan_netmask: "24" } },
    refusals: [`${host}its LAN is '' with mask '24', no network; check its page LAN > LAN IP`],
  },
  {
    is: "where the pool is on the router's LAN, of which it says no more, and the gateway is not",
    situation: { variables: { lan_ipaddr: "10.5.0.1", lan_netmask: "255.255.0.0", sr_rulelist: RECORD } },
    refusals: [`${gateway}outside the router's LAN (10.5.0.1 with mask 255.255.0.0); correct it, or router.lan`, onLan],
  },
  {
    is: "where a guest network has the gateway",
    situation: { ways: { "192.168.50.11": neighbour("REACHABLE", "br1") } },
    refusals: [
      `${gateway}on br1, a guest, VLAN or other network, where the firmware installs no static route; use a node on the LAN (br0)`,
    ],
  },
  {
    is: "where the gateway is the router itself, under another name than router.host",
    situation: {
      variables: { lan_ipaddr: "192.168.50.11" },
      ways: { "192.168.50.11": ["local 192.168.50.11 dev lo src 192.168.50.11 uid 0 ", "    cache <local> "] },
    },
    refusals: [`${gateway}the router itself; use the address of a master node`],
  },
  {
    is: "to two networks by a gateway that is wrong, which it says once",
    situation: { ways: { "192.168.50.11": neighbour("REACHABLE", "br2") } },
    changes: { "pools[0].addresses": ["10.5.0.0/24", "10.7.0.0/24"] },
    refusals: [
      `${gateway}on br2, a guest, VLAN or other network, where the firmware installs no static route; use a node on the LAN (br0)`,
    ],
  },
  {
    is: "where another router is before the gateway",
    situation: { ways: { "192.168.50.11": ["192.168.50.11 via 203.0.113.1 dev eth0 "] } },
    refusals: [`${gateway}no neighbour of the router; use the address of a node on the router's LAN`],
  },
  { is: "where the gateway does not answer", situation: { ways: silent }, refusals: [unanswered] },
  {
    is: "where it may adopt all there is of a gateway that does not answer",
    situation: { ...inPlace, ways: silent },
    changes: { "router.adopt": true },
  },
  {
    is: "where it may adopt the live route alone of a gateway that does not answer",
    situation: { ...having("", LIVE), ways: silent },
    changes: { "router.adopt": true },
    refusals: [unanswered],
  },
  {
    is: "where it may adopt all of it but the switch",
    situation: { variables: { sr_rulelist: RECORD, sr_enable_x: "0" }, table: [LIVE], ways: silent },
    changes: { "router.adopt": true },
    refusals: [unanswered],
  },
  {
    is: "where it may adopt a part of it",
    situation: { ...having(RECORD), ways: silent },
    changes: { "router.adopt": true },
    refusals: [unanswered],
  },
];

const HOP = "192.168.50.240";
const hop = (mode: string) => ({ "gateway.mode": mode, "gateway.addresses": [HOP] });
const at = (state: string) => ({ [HOP]: neighbour(state, "br0", HOP) });
const keptAt = having(RECORD.replace("192.168.50.11", HOP), LIVE.replace("192.168.50.11", HOP));
const speakers = "start a master's speaker: kubectl get pods --namespace metallb-system --output wide";
const lease = { dhcp_enable_x: "1", dhcp_start: "192.168.50.2", dhcp_end: "192.168.50.254" };
const leased =
  "among 192.168.50.2-192.168.50.254, which the router hands out by DHCP; use addresses outside of that, or change the range on the page LAN > DHCP Server";
const kept = `gateway.addresses[0] = "${HOP}": `;

const otherModes: readonly Case[] = [
  { is: "that the cluster will announce, and nobody has yet", situation: { ways: at("FAILED") }, changes: hop("floating") },
  {
    is: "that the cluster will announce, and somebody has",
    situation: { ways: at("REACHABLE") },
    changes: hop("floating"),
    refusals: [
      `${kept}already answers on the router's LAN, so another host has it; use a free address of the LAN, outside of what the router hands out by DHCP`,
    ],
  },
  {
    is: "that the cluster will announce, and somebody had before and answers a ping still",
    situation: { ways: { [HOP]: [...neighbour("DELAY", "br0", HOP), "answers a ping"] } },
    changes: hop("floating"),
    refusals: [
      `${kept}already answers on the router's LAN, so another host has it; use a free address of the LAN, outside of what the router hands out by DHCP`,
    ],
  },
  { is: "that the cluster will announce, and had before", situation: { ways: at("STALE") }, changes: hop("floating") },
  { is: "that the cluster announces by its state", situation: { ways: at("REACHABLE") }, changes: hop("floating"), announced: true },
  {
    is: "that the cluster announces by its state, and nobody answers there",
    situation: { ...keptAt, ways: at("FAILED") },
    changes: hop("floating"),
    owned: true,
    announced: true,
    warnings: [`${kept}no node announces it: no host answers on the router's LAN (br0); ${speakers}`],
  },
  {
    is: "among what the router hands out by DHCP",
    situation: { variables: lease, ways: at("FAILED") },
    changes: hop("floating"),
    refusals: [`${kept}${leased}`],
  },
  { is: "of a node, which may have it by DHCP", situation: { variables: lease, ways: at("REACHABLE") }, changes: hop("node") },
  {
    is: "of a router that hands out nothing",
    situation: { variables: { ...lease, dhcp_enable_x: "0" }, ways: at("FAILED") },
    changes: hop("floating"),
  },
  { is: "that something else keeps", situation: { ways: at("REACHABLE") }, changes: hop("external") },
  {
    is: "that something else is to keep, and does not",
    situation: { ways: at("FAILED") },
    changes: hop("external"),
    refusals: [`${kept}does not answer on the router's LAN (br0); start what holds it, such as keepalived or kube-vip, or correct it`],
  },
  {
    is: "that something else kept until now",
    situation: { ...keptAt, ways: at("FAILED") },
    changes: hop("external"),
    owned: true,
    warnings: [`${kept}does not answer on the router's LAN (br0); start what holds it, such as keepalived or kube-vip, or correct it`],
  },
];

/** Returns unmanaged records to fill the list, each of `length` characters. */
const filling = (count: number, length = 45) =>
  Array.from({ length: count }, (_, index) => `<${"x".repeat(length - 3)}${10 + index}`).join("");
const tooLong = (records: number, bytes: number) =>
  `${host}its list would hold ${records} routes in ${bytes} bytes, and from 20 routes or 1000 bytes on the firmware may crash at boot; merge pools or remove routes`;

const limits: readonly Case[] = [
  { is: "19 routes", situation: having(filling(18)) },
  { is: "20 routes", situation: having(filling(19)), refusals: [tooLong(20, 19 * 45 + RECORD.length)] },
  { is: "999 bytes", situation: having("x".repeat(999 - RECORD.length)) },
  { is: "1000 bytes", situation: having("x".repeat(1000 - RECORD.length)), refusals: [tooLong(1, 1000)] },
  {
    is: "1000 bytes already, with its own, to adopt",
    situation: having("x".repeat(1000 - RECORD.length) + RECORD),
    changes: { "router.adopt": true },
  },
];

describe("the judgement of an ASUS router", () => {
  describe("for routes that are new", () => fresh.forEach(test));
  describe("for a next hop", () => otherModes.forEach(test));
  describe("for a list that would hold", () => limits.forEach(test));
});
