import assert from "node:assert/strict";

import { judge } from "../../../router/asus/judge";
import { recordOf } from "../../../config/route-list";
import { devPlan, readingOf, type Situation } from "../../support/readings";
import { inPlace } from "../../support/judgements";

const PLAIN = ["0:\tfrom all lookup local", "32766:\tfrom all lookup main", "32767:\tfrom all lookup default"];
const withRule = (...rules: string[]) => [PLAIN[0] ?? "", ...rules, ...PLAIN.slice(1)];
const VPN = "default dev tun11 table 101 scope link";
const throughVpn = "10.5.0.0 from 192.168.50.11 dev tun11 table 101 ";
const direct = "10.5.0.0 from 192.168.50.11 via 192.168.50.11 dev br0 ";

/** Returns what overrides the route: for every host, and for some packets, before it is in the table and after. */
function overridden(situation: Situation, isLive = false): { total: string[]; some: string[] } {
  const plan = devPlan();
  const reading = readingOf({ ...(isLive ? inPlace : {}), ...situation });
  const { refusals, warnings } = judge({ plan, owned: isLive ? plan.routes.map(recordOf) : [], reading });
  const of = (findings: typeof refusals) =>
    findings.map(({ rule }) => /^the router's table is overridden: it sends (.*)$/.exec(rule)?.[1] ?? rule);
  return isLive ? { total: of(warnings), some: [] } : { total: of(refusals), some: of(warnings) };
}

const nothing = { total: [], some: [] };
const by = (packets: string, rule: string, route = VPN) => `${packets} another way, by its rule '${rule}' with '${route}'`;
const all = "packets from 192.168.50.2 to 10.5.0.0";

/** Rules, routes of other tables, and what they override. */
const cases: readonly (readonly [what: string, situation: Situation, expected: { total: string[]; some: string[] }])[] = [
  ["the usual rules", { rules: PLAIN }, nothing],
  ["a firmware that lists no rules", {}, nothing],
  [
    "a rule for the whole LAN",
    { rules: withRule("100:\tfrom 192.168.50.0/24 lookup 101"), otherTables: [VPN] },
    { total: [by(all, "100: from 192.168.50.0/24 lookup 101")], some: [] },
  ],
  [
    "a rule for one host",
    { rules: withRule("100:\tfrom 192.168.50.33 lookup 101"), otherTables: [VPN] },
    { total: [], some: [by("packets from 192.168.50.33 to 10.5.0.0", "100: from 192.168.50.33 lookup 101")] },
  ],
  [
    "a rule for a mark",
    { rules: withRule("100:\tfrom all fwmark 0x7/0xff lookup 101"), otherTables: [VPN] },
    { total: [], some: [by("packets with the mark 0x7 to 10.5.0.0", "100: from all fwmark 0x7/0xff lookup 101")] },
  ],
  [
    "a rule for a port",
    { rules: withRule("100:\tfrom all ipproto tcp dport 80 lookup 101"), otherTables: [VPN] },
    {
      total: [],
      some: [
        by(
          "packets to 10.5.0.0 that its rule '100: from all ipproto tcp dport 80 lookup 101' selects",
          "100: from all ipproto tcp dport 80 lookup 101",
        ),
      ],
    },
  ],
  [
    "a rule for a part of the pool",
    { rules: withRule("100:\tfrom all to 10.5.0.128/25 iif br0 lookup 101"), otherTables: [VPN] },
    { total: [by("packets from 192.168.50.2 to 10.5.0.128", "100: from all to 10.5.0.128/25 iif br0 lookup 101")], some: [] },
  ],
  [
    "another table with a part of the pool",
    { rules: withRule("100:\tfrom all lookup 101"), otherTables: ["10.5.0.64/26 dev tun11 table 101"] },
    { total: [by("packets from 192.168.50.2 to 10.5.0.64", "100: from all lookup 101", "10.5.0.64/26 dev tun11 table 101")], some: [] },
  ],
  [
    "an address of the pool on the router itself",
    { rules: PLAIN, otherTables: ["local 10.5.0.9 dev lo table local proto kernel scope host src 10.5.0.9"] },
    {
      total: [
        by(
          "packets from 192.168.50.2 to 10.5.0.9",
          "0: from all lookup local",
          "local 10.5.0.9 dev lo table local proto kernel scope host src 10.5.0.9",
        ),
      ],
      some: [],
    },
  ],
  [
    "a rule that prohibits",
    { rules: withRule("100:\tfrom all to 10.0.0.0/8 prohibit") },
    { total: [`${all} another way, by its rule '100: from all to 10.0.0.0/8 prohibit'`], some: [] },
  ],
  [
    "no rule for the main table",
    { rules: PLAIN.slice(0, 1) },
    { total: [`${all} another way, by its rules, of which none leads to the table main`], some: [] },
  ],
  [
    "a table without a route to the pool",
    { rules: withRule("100:\tfrom all lookup 101"), otherTables: ["10.9.0.0/24 dev tun11 table 101"] },
    nothing,
  ],
  ["a route that throws", { rules: withRule("100:\tfrom all lookup 101"), otherTables: ["throw 10.0.0.0/8 table 101", VPN] }, nothing],
  ["a dead route", { rules: withRule("100:\tfrom all lookup 101"), otherTables: [`${VPN} dead linkdown`] }, nothing],
  ["a rule for another interface", { rules: withRule("100:\tfrom all iif br1 lookup 101"), otherTables: [VPN] }, nothing],
  ["a rule for the router's own packets", { rules: withRule("100:\tfrom all oif tun11 lookup 101"), otherTables: [VPN] }, nothing],
  ["a rule after the main table", { rules: [...PLAIN, "40000:\tfrom all lookup 101"], otherTables: [VPN] }, nothing],
  [
    "a VPN for all traffic that leaves routes with a prefix alone, as wg-quick",
    {
      rules: withRule("100:\tfrom all lookup main suppress_prefixlength 0", "101:\tnot from all fwmark 0xca6c lookup 101"),
      otherTables: [VPN],
    },
    nothing,
  ],
  [
    "a rule that jumps over the VPN's",
    { rules: withRule("90:\tfrom all to 10.5.0.0/24 goto 32766", "100:\tfrom all lookup 101"), otherTables: [VPN] },
    nothing,
  ],
];

describe("policy routing on an ASUS router", () => {
  describe("overrides a route before it is in the table", () => {
    for (const [what, situation, expected] of cases) {
      it(`${expected === nothing ? "in no way with" : "with"} ${what}`, () => assert.deepEqual(overridden(situation), expected));
    }
  });

  describe("for a route in the table", () => {
    it("overrides it if the router sends the packet elsewhere, and names the rule", () => {
      const situation = { rules: withRule("100:\tfrom all lookup 101"), otherTables: [VPN], packets: { "10.5.0.0": throughVpn } };
      assert.deepEqual(overridden(situation, true).total, [by(all, "100: from all lookup 101")]);
    });

    it("overrides it if the router sends the packet elsewhere for a reason that its rules do not show", () => {
      for (const answer of [throughVpn.trim(), "RTNETLINK answers: Permission denied"]) {
        const { total } = overridden({ rules: PLAIN, packets: { "10.5.0.0": answer } }, true);
        assert.deepEqual(total, [`packets from 192.168.50.11 to 10.5.0.0 another way, by the answer '${answer}'`]);
      }
    });

    it("overrides nothing if the router sends the packet to the next hop, whatever its rules seem to say", () => {
      const situation = { rules: withRule("100:\tfrom all lookup 101"), otherTables: [VPN], packets: { "10.5.0.0": direct } };
      assert.deepEqual(overridden(situation, true).total, []);
    });

    it("overrides nothing if the answer says nothing about the packet, as from an `ip` without that question", () => {
      for (const answer of ["", "ip: invalid argument 'iif' to 'ip'", "RTNETLINK answers: Invalid cross-device link"]) {
        assert.deepEqual(overridden({ rules: PLAIN, packets: { "10.5.0.0": answer } }, true).total, []);
      }
    });
  });
});
