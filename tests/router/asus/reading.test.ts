/** The texts are those of iproute2, most of them observed on the router twin. */
import assert from "node:assert/strict";

import { RouterFault, UnsupportedRouter } from "../../../router/driver";
import { findingOf } from "../../../router/findings";
import { parseReading, query, type AsusReading } from "../../../router/asus/reading";
import { devPlan } from "../../support/readings";
import { route } from "../../support/routes";

const DEFAULTS: Readonly<Record<string, string>> = {
  sw_mode: "1",
  lan_ifname: "br0",
  lan_ipaddr: "192.168.50.1",
  lan_netmask: "255.255.255.0",
  sr_enable_x: "1",
  sr_rulelist: "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN",
};
const LAN = "192.168.50.0/24 dev br0 proto kernel scope link src 192.168.50.1 ";

/** Returns an answer in the format of the query: the output of each command ends with a line break. */
function answer(variables: Readonly<Record<string, string>> = {}, table: readonly string[] = [LAN], ways = ""): string {
  const values = Object.entries({ ...DEFAULTS, ...variables }).map(([name, value]) => `@${name}\n${value}\n`);
  return `${values.join("")}@table\n${table.map((line) => `${line}\n`).join("")}${ways}@end\n`;
}

const tableOf = (...lines: string[]) => parseReading(answer({}, lines)).table;
const wayOf = (...lines: string[]) =>
  parseReading(answer({}, [LAN], `@way 192.168.50.11\n${lines.map((line) => `${line}\n`).join("")}`)).lookups.get("192.168.50.11");
const listOf = (list: string) => parseReading(answer({ sr_rulelist: list })).list;

describe("the parsed answer of an ASUS router", () => {
  it("contains everything that the query reads", () => {
    const ways =
      "@way 192.168.50.11\n192.168.50.11 dev br0 src 192.168.50.1 uid 0 \n    cache \n192.168.50.11 dev br0 lladdr 02:00:00:00:00:0b REACHABLE \n";
    const live = "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1 ";
    const expected: AsusReading = {
      mode: "1",
      lanInterface: "br0",
      lanAddress: "192.168.50.1",
      lanNetmask: "255.255.255.0",
      list: "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN",
      enabled: "1",
      table: [
        { line: LAN.trim(), destination: ip("192.168.50.0"), prefix: 24, gateway: "", interface: "br0", metric: 0 },
        { line: live.trim(), destination: ip("10.5.0.0"), prefix: 24, gateway: "192.168.50.11", interface: "br0", metric: 1 },
      ],
      lookups: new Map([["192.168.50.11", { interface: "br0", arpFailed: false, answers: true }]]),
      backup: "sr_enable_x=1\nsr_rulelist=<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN\n",
    };
    assert.deepEqual(parseReading(answer({}, [LAN, live], ways)), expected);
  });

  it("is refused if the router's program ip does not work", () => {
    const fault = { name: "RouterFault", message: "its program ip lists no routes, so it is missing or broken" };
    for (const table of [[], [""]])
      assert.throws(() => parseReading(answer({}, table, "@way 192.168.50.11\nsh: ip: not found\n\n")), fault);
    const { rule, fix } = findingOf(devPlan().router, new RouterFault(fault.message, "restart it"));
    assert.deepEqual([rule, fix], [fault.message, "restart it"]);
  });

  it("contains the DHCP range if DHCP is on and has one", () => {
    const lease = { dhcp_enable_x: "1", dhcp_start: "192.168.50.100", dhcp_end: "192.168.50.199" };
    const dhcp = (values: Readonly<Record<string, string>>) => parseReading(answer(values)).dhcp?.text;
    assert.equal(dhcp(lease), "192.168.50.100-192.168.50.199");
    assert.equal(dhcp({ ...lease, dhcp_enable_x: "0" }), undefined);
    assert.equal(dhcp({ ...lease, dhcp_end: "" }), undefined);
  });

  it("has one lookup for each gateway", () => {
    const asked = query([
      route("10.5.0.0/24", "192.168.50.11"),
      route("10.7.0.0/24", "192.168.50.11"),
      route("10.8.0.0/24", "192.168.50.12"),
    ]);
    assert.deepEqual(asked.match(/@way [\d.]+/g), ["@way 192.168.50.11", "@way 192.168.50.12"]);
  });

  describe("of the kernel's table", () => {
    it("parses a host route, which has no prefix length", () => {
      const line = "10.8.0.1 via 192.168.50.11 dev br0 metric 2";
      assert.deepEqual(tableOf(`${line} `), [
        { line, destination: ip("10.8.0.1"), prefix: 32, gateway: "192.168.50.11", interface: "br0", metric: 2 },
      ]);
    });

    for (const kind of ["blackhole", "unreachable", "prohibit", "throw"]) {
      it(`parses a ${kind} route, which has no interface`, () => {
        const line = `${kind} 10.7.0.0/24 metric 5`;
        assert.deepEqual(tableOf(line), [{ line, destination: ip("10.7.0.0"), prefix: 24, gateway: "", interface: "", metric: 5 }]);
      });
    }

    it("parses a route on an interface, such as a tunnel", () => {
      const line = "10.9.0.0/24 dev tun11 scope link linkdown";
      assert.deepEqual(tableOf(line), [{ line, destination: ip("10.9.0.0"), prefix: 24, gateway: "", interface: "tun11", metric: 0 }]);
    });

    it("parses a multipath route as one without a gateway, and skips its lines", () => {
      const hops = ["10.66.0.0/24 ", "\tnexthop via 192.168.50.11 dev br0 weight 1 ", "\tnexthop via 192.168.50.21 dev br0 weight 1 "];
      assert.deepEqual(tableOf(...hops), [
        { line: "10.66.0.0/24", destination: ip("10.66.0.0"), prefix: 24, gateway: "", interface: "", metric: 0 },
      ]);
    });

    it("skips lines without a destination", () => {
      assert.deepEqual(tableOf("default via 203.0.113.1 dev eth0 ", "", "fe80::/64 dev br0 metric 256", "Error: something"), []);
    });

    it("skips a destination that is not a network", () => {
      assert.deepEqual(
        tableOf("10.5.0.0/33 dev br0", "10.5.0.0/ dev br0", "10.5.0.0/x dev br0", "10.5.0.0/-1 dev br0", "10.5.0/24 dev br0"),
        [],
      );
    });
  });

  describe("of the lookup of a gateway", () => {
    const direct = "192.168.50.11 dev br0 src 192.168.50.1 uid 0 ";

    it("has the interface of a neighbour, also in an older iproute2's format", () => {
      for (const line of [direct, "192.168.50.11 dev br0  src 192.168.50.1 "]) {
        assert.deepEqual(wayOf(line, "    cache ", "192.168.50.11 dev br0 lladdr 02:00:00:00:00:0b STALE "), {
          interface: "br0",
          arpFailed: false,
          answers: false,
        });
      }
    });

    it("has the bridge of a guest network", () => {
      assert.deepEqual(wayOf("192.168.50.11 dev br1 src 192.168.101.1 uid 0 ", "    cache "), {
        interface: "br1",
        arpFailed: false,
        answers: false,
      });
    });

    it("has no interface for a gateway behind another router", () => {
      assert.deepEqual(wayOf("192.168.50.11 via 203.0.113.1 dev eth0 src 203.0.113.7 uid 0 ", "    cache "), {
        arpFailed: false,
        answers: false,
      });
    });

    it("has no interface without a route", () => {
      assert.deepEqual(wayOf("RTNETLINK answers: Network is unreachable"), { arpFailed: false, answers: false });
    });

    it("reports a gateway that did not answer ARP", () => {
      for (const state of ["FAILED", "INCOMPLETE"]) {
        assert.deepEqual(wayOf(direct, "    cache ", `192.168.50.11 dev br0  ${state} `), {
          interface: "br0",
          arpFailed: true,
          answers: false,
        });
      }
    });

    it("ignores an old neighbour entry on another interface", () => {
      const both = ["192.168.50.11 dev br1 FAILED ", "192.168.50.11 dev br0 lladdr 02:00:00:00:00:0b REACHABLE "];
      assert.deepEqual(wayOf(direct, "    cache ", ...both), { interface: "br0", arpFailed: false, answers: true });
      assert.deepEqual(wayOf(direct, "    cache ", ...both.map((line) => line.replace(/br[01]/, "br0.1"))), {
        interface: "br0",
        arpFailed: false,
        answers: false,
      });
    });

    it("does not report a gateway that was not resolved yet", () => {
      assert.deepEqual(wayOf(direct, "    cache "), { interface: "br0", arpFailed: false, answers: false });
    });
  });

  describe("of the rule list", () => {
    it("is empty if list and switch are not set", () => {
      const { list, enabled, backup } = parseReading(answer({ sr_rulelist: "", sr_enable_x: "" }));
      assert.deepEqual([list, enabled, backup], ["", "", "sr_enable_x=\nsr_rulelist=\n"]);
    });

    it("keeps every character, also at both ends", () => {
      for (const list of [" <junk> ", "<a>b  ", "<@end>", "<x>@table", "<\\n$(id)`'\">", "<\t>", "\xe4\xff\x80<\xc3\xa4>"])
        assert.equal(listOf(list), list);
    });

    it("has one character for each byte, so that a backup restores the same bytes", () => {
      const bytes = Buffer.from([0x3c, 0xc3, 0xa4, 0xff, 0x80]);
      const { list, backup } = parseReading(answer({ sr_rulelist: bytes.toString("latin1") }));
      assert.equal(list.length, bytes.length);
      assert.deepEqual(
        Buffer.from(backup, "latin1"),
        Buffer.concat([Buffer.from("sr_enable_x=1\nsr_rulelist="), bytes, Buffer.from("\n")]),
      );
    });
  });

  describe("rejects", () => {
    const refuses = (text: string, message: string) =>
      assert.throws(
        () => parseReading(text),
        (error: Error) => error instanceof UnsupportedRouter && error.message === message,
      );

    it("an incomplete answer, whatever its length", () => {
      const whole = answer({}, [LAN], "@way 192.168.50.11\n192.168.50.11 dev br0 src 192.168.50.1 \n");
      for (let length = whole.indexOf("\n"); length < whole.length - "@end\n".length; length++) {
        refuses(whole.slice(0, length), "its answer is incomplete");
      }
    });

    it("a host without nvram, on which the query stops at once", () => {
      refuses("", "it has no nvram");
      refuses("Welcome to OpenWrt!\n", "it has no nvram");
    });

    it("a host with an nvram of another kind", () => {
      refuses(answer({ lan_ifname: "" }), "its nvram has no lan_ifname");
    });
  });
});

const ip = (address: string) => route("10.0.0.0/8", address).gateway;
