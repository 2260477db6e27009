/** Routers with a problem for lab-dev's routes, and the program's findings. */
import type { Finding } from "../../config/problem";
import { judge } from "../../router/asus/judge";
import { recordOf } from "../../config/route-list";
import { FOREIGN, having, inPlace, LIVE, off, RECORD, silent } from "./judgements";
import { devPlan, neighbour, readingOf, type Situation } from "./readings";

type Changes = Readonly<Record<string, unknown>>;

const several = (count: number) => Array.from({ length: count }, (_, index) => FOREIGN.replace("30.0", `30.${index}`)).join("");
const by = (...lines: string[]): Situation => ({ ways: { "192.168.50.11": lines } });
const dhcp = { dhcp_enable_x: "1", dhcp_start: "192.168.50.200", dhcp_end: "192.168.50.254" };
const onLan = { pools: [{ name: "lan", addresses: ["192.168.50.240/29"], route: false }] };
const floating = { "gateway.mode": "floating" };
const other = "<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN";

const vpn = (rule: string) => ["0:\tfrom all lookup local", `100:\t${rule}`, "32766:\tfrom all lookup main"];

/** Situations before the stack has routes. */
const fresh: readonly (readonly [situation: Situation, changes?: Changes])[] = [
  [{ variables: { sw_mode: "3" } }],
  [{ variables: { lan_ipaddr: "none" } }],
  [by(...neighbour("REACHABLE", "br1"))],
  [{ variables: { lan_ipaddr: "192.168.51.1" } }],
  [{ variables: { lan_ipaddr: "192.168.50.11" } }],
  [by("192.168.50.11 via 203.0.113.1 dev eth0 ")],
  [{ ways: silent }],
  [{ ways: silent }, { "gateway.mode": "external" }],
  [{}, floating],
  [{ variables: dhcp }, { ...floating, "gateway.addresses": ["192.168.50.240"] }],
  [{ variables: dhcp }, onLan],
  [{ variables: { lan_ipaddr: "10.5.0.1" } }],
  [having(RECORD)],
  [having(other)],
  [having("<10.5.0.128>255.255.255.128>192.168.50.77>>LAN")],
  [having("", LIVE)],
  [having("", "10.5.0.0/24 via 192.168.50.12 dev br0 metric 1")],
  [having("", "blackhole 10.5.0.64/26")],
  [{ rules: vpn("from all lookup 100"), otherTables: ["default dev tun11 table 100 scope link"] }],
  [{ rules: vpn("from 192.168.50.33 lookup 100"), otherTables: ["default dev tun11 table 100 scope link"] }],
  [off(FOREIGN)],
  [having(several(19))],
];

/** Situations in which the state has the stack's routes. */
const owned: readonly (readonly [situation: Situation, changes?: Changes])[] = [
  [having("", LIVE)],
  [having(other, LIVE)],
  [having(RECORD + RECORD, LIVE)],
  [{ variables: { sr_rulelist: RECORD, sr_enable_x: "0" }, table: [LIVE] }],
  [having(RECORD)],
  [having(RECORD, LIVE, "10.5.0.0/24 via 192.168.50.11 dev br0 metric 7")],
  [{ ...inPlace, ways: silent }, floating],
];

/** Returns every finding about a router, each with the values of one situation. */
export function routerFindings(): readonly Finding[] {
  const judged = (situations: typeof fresh, isOwned: boolean) =>
    situations.flatMap(([situation, changes]) => {
      const plan = devPlan(changes);
      const records = isOwned ? plan.routes.map(recordOf) : [];
      const { refusals, differences, warnings } = judge({ plan, owned: records, announced: isOwned, reading: readingOf(situation) });
      return [...refusals, ...differences, ...warnings];
    });
  return [...judged(fresh, false), ...judged(owned, true)];
}
