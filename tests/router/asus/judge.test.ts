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
  { is: "accepts a router without other routes", situation: {} },
  { is: "accepts foreign records and routes", situation: having(FOREIGN, "172.30.0.0/24 via 192.168.50.77 dev br0 metric 1") },
  { is: "accepts default routes", situation: having("<0.0.0.0>0.0.0.0>192.168.50.77>>LAN", "0.0.0.0/0 via 192.168.50.77 dev br0") },
  { is: "refuses an existing record", situation: having(RECORD), refusals: [`${inList(RECORD)} for it${byHand}`] },
  { is: "refuses a record without a metric", situation: having(UNFILLED), refusals: [`${inList(RECORD)} for it${byHand}`] },
  { is: "refuses record and live route once", situation: inPlace, refusals: [`${inList(RECORD)} for it${byHand}`] },
  { is: "refuses an existing live route", situation: having("", LIVE), refusals: [`${inTable(LIVE)}${byHand}`] },
  { is: "adopts record and live route", situation: inPlace, changes: { "router.adopt": true } },
  { is: "adopts a record without its live route", situation: having(UNFILLED), changes: { "router.adopt": true } },
  {
    is: "adopts a live route with another metric",
    situation: having("", "10.5.0.0/24 via 192.168.50.11 dev br0"),
    changes: { "router.adopt": true },
  },
  {
    is: "refuses a foreign record for the same destination, also if it may adopt",
    situation: having("<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN"),
    changes: { "router.adopt": true },
    refusals: [`${inList("<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN")}${remedy}`],
  },
  {
    is: "refuses a foreign record for a part of the pool, also with a non-contiguous mask",
    situation: having("<10.5.0.128>255.255.255.128>192.168.50.77>>LAN<10.5.0.7>255.255.255.7>192.168.50.77>>WAN"),
    refusals: [
      `${pool}the router's list has '<10.5.0.128>255.255.255.128>192.168.50.77>>LAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
      `${pool}the router's list has '<10.5.0.7>255.255.255.7>192.168.50.77>>WAN', which overlaps it; remove that on the page LAN > Route, or move the pool`,
    ],
  },
  {
    is: "accepts wider routes, because the longest prefix wins",
    situation: having(
      "<10.0.0.0>255.0.0.0>192.168.50.77>>LAN<10.5.0.0>255.255.254.0>192.168.50.77>>LAN<0.0.0.7>0.0.0.255>192.168.50.77>>WAN",
      "0.0.0.0/1 via 10.8.0.1 dev tun11",
      "128.0.0.0/1 via 10.8.0.1 dev tun11",
      "blackhole 10.0.0.0/8",
      "10.5.0.0/23 dev tun11 scope link",
    ),
  },
  { is: "ignores malformed records", situation: having("junk<10.5.0.0>255.255.255.0>192.168.50.12>0<<10.5.0.0>24>x>>LAN<*$(id)") },
  {
    is: "refuses a foreign live route that overlaps",
    situation: having("", "10.5.0.128/25 via 192.168.50.77 dev br0 metric 1", "blackhole 10.5.0.8/29", "10.5.0.9 dev tun11 scope link"),
    refusals: [
      `${inTable("10.5.0.128/25 via 192.168.50.77 dev br0 metric 1")}${overlapping}`,
      `${inTable("blackhole 10.5.0.8/29")}${overlapping}`,
      `${inTable("10.5.0.9 dev tun11 scope link")}${overlapping}`,
    ],
  },
  {
    is: "refuses a foreign live route to the same destination",
    situation: having("", "10.5.0.0/24 via 192.168.50.12 dev br0 metric 1", "blackhole 10.5.0.0/24"),
    refusals: [`${inTable("10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")}${another}`, `${inTable("blackhole 10.5.0.0/24")}${another}`],
  },
  { is: "accepts static routes that are switched off, if the list is empty", situation: off("") },
  { is: "refuses to switch static routes on if that activates foreign records", situation: off(FOREIGN), refusals: [dormant(FOREIGN)] },
  { is: "refuses to activate text before the first record", situation: off("junk"), refusals: [dormant("junk")] },
  { is: "switches static routes on with router.enableDormant", situation: off(FOREIGN), changes: { "router.enableDormant": true } },
  {
    is: "refuses a device in another mode",
    situation: { variables: { sw_mode: "3", sr_rulelist: RECORD, sr_enable_x: "0" }, ways: silent },
    refusals: [`${host}not in routing mode (sw_mode is '3', not 1), so it ignores static routes; set it to wireless router mode`],
  },
  {
    is: "refuses a router without a LAN",
    situation: { variables: { lan_ipaddr: "", lan_netmask: "24" } },
    refusals: [`${host}its LAN is '' with mask '24', no network; check its page LAN > LAN IP`],
  },
  {
    is: "refuses a pool on the router's LAN, and a gateway outside it, in one finding each",
    situation: { variables: { lan_ipaddr: "10.5.0.1", lan_netmask: "255.255.0.0", sr_rulelist: RECORD } },
    refusals: [`${gateway}outside the router's LAN (10.5.0.1 with mask 255.255.0.0); correct it, or router.lan`, onLan],
  },
  {
    is: "refuses a gateway in a guest network",
    situation: { ways: { "192.168.50.11": neighbour("REACHABLE", "br1") } },
    refusals: [
      `${gateway}on br1, a guest, VLAN or other network, where the firmware installs no static route; use a node on the LAN (br0)`,
    ],
  },
  {
    is: "refuses the router itself as gateway, under another name than router.host",
    situation: {
      variables: { lan_ipaddr: "192.168.50.11" },
      ways: { "192.168.50.11": ["local 192.168.50.11 dev lo src 192.168.50.11 uid 0 ", "    cache <local> "] },
    },
    refusals: [`${gateway}the router itself; use the address of a master node`],
  },
  {
    is: "refuses the gateway of two networks once",
    situation: { ways: { "192.168.50.11": neighbour("REACHABLE", "br2") } },
    changes: { "pools[0].addresses": ["10.5.0.0/24", "10.7.0.0/24"] },
    refusals: [
      `${gateway}on br2, a guest, VLAN or other network, where the firmware installs no static route; use a node on the LAN (br0)`,
    ],
  },
  {
    is: "refuses a gateway behind another router",
    situation: { ways: { "192.168.50.11": ["192.168.50.11 via 203.0.113.1 dev eth0 "] } },
    refusals: [`${gateway}no neighbour of the router; use the address of a node on the router's LAN`],
  },
  { is: "refuses a gateway that does not answer", situation: { ways: silent }, refusals: [unanswered] },
  {
    is: "adopts complete routes to a gateway that does not answer",
    situation: { ...inPlace, ways: silent },
    changes: { "router.adopt": true },
  },
  {
    is: "refuses to adopt only a live route to a gateway that does not answer",
    situation: { ...having("", LIVE), ways: silent },
    changes: { "router.adopt": true },
    refusals: [unanswered],
  },
  {
    is: "refuses to adopt routes that are switched off, to a gateway that does not answer",
    situation: { variables: { sr_rulelist: RECORD, sr_enable_x: "0" }, table: [LIVE], ways: silent },
    changes: { "router.adopt": true },
    refusals: [unanswered],
  },
  {
    is: "refuses to adopt incomplete routes to a gateway that does not answer",
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
  { is: "accepts a floating next hop that does not answer yet", situation: { ways: at("FAILED") }, changes: hop("floating") },
  {
    is: "refuses a floating next hop whose address answers",
    situation: { ways: at("REACHABLE") },
    changes: hop("floating"),
    refusals: [
      `${kept}already answers on the router's LAN, so another host has it; use a free address of the LAN, outside of what the router hands out by DHCP`,
    ],
  },
  {
    is: "refuses a floating next hop whose address answers a ping after an old ARP entry",
    situation: { ways: { [HOP]: [...neighbour("DELAY", "br0", HOP), "answers a ping"] } },
    changes: hop("floating"),
    refusals: [
      `${kept}already answers on the router's LAN, so another host has it; use a free address of the LAN, outside of what the router hands out by DHCP`,
    ],
  },
  { is: "accepts a floating next hop with an old ARP entry", situation: { ways: at("STALE") }, changes: hop("floating") },
  { is: "accepts a floating next hop in the state", situation: { ways: at("REACHABLE") }, changes: hop("floating"), announced: true },
  {
    is: "warns of a floating next hop that the stack's state announces, if it does not answer",
    situation: { ...keptAt, ways: at("FAILED") },
    changes: hop("floating"),
    owned: true,
    announced: true,
    warnings: [`${kept}no node announces it: no host answers on the router's LAN (br0); ${speakers}`],
  },
  {
    is: "refuses a next hop in the router's DHCP range",
    situation: { variables: lease, ways: at("FAILED") },
    changes: hop("floating"),
    refusals: [`${kept}${leased}`],
  },
  {
    is: "accepts a node's address in the router's DHCP range",
    situation: { variables: lease, ways: at("REACHABLE") },
    changes: hop("node"),
  },
  {
    is: "accepts any next hop if the router's DHCP server is off",
    situation: { variables: { ...lease, dhcp_enable_x: "0" }, ways: at("FAILED") },
    changes: hop("floating"),
  },
  { is: "accepts an external next hop that answers", situation: { ways: at("REACHABLE") }, changes: hop("external") },
  {
    is: "refuses an external next hop that does not answer",
    situation: { ways: at("FAILED") },
    changes: hop("external"),
    refusals: [`${kept}does not answer on the router's LAN (br0); start what holds it, such as keepalived or kube-vip, or correct it`],
  },
  {
    is: "warns of an external next hop with an old ARP entry",
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
  { is: "accepts 19 routes", situation: having(filling(18)) },
  { is: "refuses 20 routes", situation: having(filling(19)), refusals: [tooLong(20, 19 * 45 + RECORD.length)] },
  { is: "accepts 999 bytes", situation: having("x".repeat(999 - RECORD.length)) },
  { is: "refuses 1000 bytes", situation: having("x".repeat(1000 - RECORD.length)), refusals: [tooLong(1, 1000)] },
  {
    is: "adopts its own record in a list of 1000 bytes",
    situation: having("x".repeat(1000 - RECORD.length) + RECORD),
    changes: { "router.adopt": true },
  },
];

describe("the comparison of an ASUS router", () => {
  describe("with new routes", () => fresh.forEach(test));
  describe("with a next hop", () => otherModes.forEach(test));
  describe("with the firmware's limits", () => limits.forEach(test));
});
