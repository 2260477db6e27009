import assert from "node:assert/strict";

import { APPLETS, examination, examine, RECORDS_APPLETS } from "../../../router/asus/examination";
import { RECORDS_SCRIPT } from "../../../router/asus/records/script";
import { ROUTE_SCRIPT } from "../../../router/asus/script";
import { RECORD } from "../../support/judgements";
import { devPlan, lineOf, readingOf, type Situation } from "../../support/readings";

/** Returns a router's answer with some changes. */
function answer(changes: Readonly<Record<string, string>> = {}): string {
  const sections = {
    productid: "RT-AX88U",
    firmver: "3.0.0.4",
    buildno: "388",
    extendno: "8_2",
    lacking: "",
    space: "size: 61440 bytes (4096 left)",
    examined: "",
    ...changes,
  };
  return Object.entries(sections)
    .map(([name, text]) => `@${name}\n${text}${text === "" ? "" : "\n"}`)
    .join("");
}

function reported(changes: Readonly<Record<string, string>> = {}, situation: Situation = {}, plan = devPlan()) {
  const examined = examine(plan, readingOf(situation), answer(changes));
  const words = Object.entries(examined).map(([name, printed]) => [name, typeof printed === "string" ? printed : lineOf(printed)]);
  return Object.fromEntries(words) as Record<keyof typeof examined, string>;
}

const host = 'router.host = "192.168.50.1": ';

describe("the examination of a router", () => {
  it("describes a healthy router", () => {
    assert.deepEqual(reported(), {
      firmware: "routing mode, RT-AX88U with firmware 3.0.0.4.388_8_2",
      programs: `all ${APPLETS.length} that are needed`,
      space: "4096 of 65536 bytes free, and the routes need 43 more",
      lan: "192.168.50.0/24 on br0, as planned",
    });
  });

  it("counts what an edit adds, without the stack's own records that it replaces", () => {
    const [full, old] = [answer({ space: "size: 65500 bytes (36 left)" }), "10.7.0.0>255.255.255.0>192.168.50.11>0>LAN"];
    for (const record of [old, old.replace(">0>LAN", ">>LAN")]) {
      const space = (owned: readonly string[]) =>
        examine(devPlan(), readingOf({ variables: { sr_rulelist: `<${record}` } }), full, owned).space;
      assert.match(JSON.stringify(space([])), /and the routes need 43 more/);
      const { rule } = space([old]) as { rule: string };
      assert.match(rule, /^its nvram is nearly full: 36 of 65536 bytes free, and the routes need [01] more$/);
    }
  });

  for (const [what, script, applets] of [
    ["routes", ROUTE_SCRIPT, APPLETS],
    ["reservations and names", RECORDS_SCRIPT, [...APPLETS.filter((name) => name !== "ping"), ...RECORDS_APPLETS]],
  ] as const) {
    it(`tests every program that the script for ${what} calls`, () => {
      const code = script.replace(/^\s*#.*$/gm, "").replace(/"[^"\n]*"/g, "");
      for (const name of applets.filter((applet) => applet !== "[")) assert.match(code, new RegExp(`\\b${name}\\b`), name);
      const line = /Keeps to what every firmware has: ([^.]*) and the shell\./.exec(script)?.[1] ?? "";
      assert.deepEqual(line.split(", ").sort(), [...applets].sort());
      for (const name of applets) assert.match(examination(), new RegExp(`[ ']${name.replace("[", "\\[")}[ ';]`));
    });
  }

  it("is a command line that old SSH servers accept, and outputs only numbers of the firmware", () => {
    assert.ok(examination().length < 1024, `${examination().length}`);
    const names = [...examination().matchAll(/nvram get (\w+)/g)].map(([, name]) => name);
    assert.deepEqual(names, ["productid", "firmver", "buildno", "extendno"]);
    assert.match(examination(), /nvram show 2>&1 \| grep '\^size: \[0-9\]'/);
    assert.doesNotMatch(examination(), /nvram (set|unset|commit)/);
  });

  it("works without the firmware's numbers and without a size", () => {
    const { firmware, space } = reported({ productid: "", firmver: "", buildno: "", extendno: "", space: "" });
    assert.deepEqual([firmware, space], ["routing mode; its nvram does not name the firmware", "not reported by this firmware"]);
    assert.equal(reported({ extendno: "", productid: "" }).firmware, "routing mode, ASUS router with firmware 3.0.0.4.388");
  });

  it("refuses a mode other than router mode", () => {
    const rule = "not in routing mode (sw_mode is '3', not 1), so it ignores static routes; set it to wireless router mode";
    assert.equal(reported({}, { variables: { sw_mode: "3" } }).firmware, host + rule);
  });

  it("names missing programs", () => {
    const printed = reported({ lacking: "ip\n[" }).programs;
    assert.ok(
      printed.startsWith(`${host}has no ip, [ in /bin, /usr/bin, /sbin, /usr/sbin, which the program needs to set routes; `),
      printed,
    );
    const withNames = devPlan({ names: { grafana: "10.5.0.10" } });
    const records = `which the program needs to set reservations and names; update its firmware, or remove reservations and names from the stack file`;
    assert.equal(reported({ lacking: "service" }).programs, `all ${APPLETS.length} that are needed`);
    assert.equal(reported({}, {}, withNames).programs, `all ${APPLETS.length + RECORDS_APPLETS.length} that are needed`);
    const lacking = reported({ lacking: "mv\nservice" }, {}, withNames).programs;
    assert.equal(lacking, `${host}has no mv, service in /bin, /usr/bin, /sbin, /usr/sbin, ${records}`);
    const cut = examine(devPlan(), readingOf(), "@lacking\n").programs;
    assert.equal(typeof cut === "string" ? cut : lineOf(cut), `${host}its answer is incomplete; try again`);
  });

  it("counts the nvram that new routes need, and none for existing ones", () => {
    const fix = "remove settings that you do not need, such as old static leases or VPN profiles, or reset it and set it up again";
    const full = "size: 65500 bytes (36 left)";
    assert.equal(reported({ space: full }).space, `${host}its nvram has 36 bytes left of 65536, and the routes need 43 more; ${fix}`);
    const there = reported({ space: full }, { variables: { sr_rulelist: RECORD } }).space;
    assert.equal(there, `${host}its nvram is nearly full: 36 of 65536 bytes free, and the routes need 0 more; ${fix}`);
    const scarce = examine(devPlan(), readingOf(), answer({ space: "size: 64536 bytes (1000 left)" })).space;
    assert.deepEqual(typeof scarce === "string" ? scarce : scarce.isWarning, true);
  });

  it("compares the LAN with the plan's", () => {
    const lan = 'router.lan = "192.168.50.0/24": ';
    assert.equal(
      reported({}, { variables: { lan_ipaddr: "192.168.1.1" } }).lan,
      `${lan}the router's LAN is 192.168.1.0/24; set it to "192.168.1.0/24", or correct the page LAN > LAN IP`,
    );
    assert.equal(
      reported({}, { variables: { lan_netmask: "255.255.254.0" } }).lan.split(";")[0],
      `${lan}the router's LAN is 192.168.50.0/23`,
    );
    assert.equal(
      reported({}, { variables: { lan_netmask: "255.0.255.0" } }).lan,
      `${lan}the router's LAN is '192.168.50.1' with mask '255.0.255.0', no network; check its page LAN > LAN IP`,
    );
    assert.equal(
      reported({}, { variables: { lan_ipaddr: "192.168.50.254" } }).lan,
      `${host}the router has 192.168.50.254 on its LAN; set it to "192.168.50.254"`,
    );
    const named = devPlan({ "router.host": "router.example.org" });
    assert.equal(reported({}, { variables: { lan_ipaddr: "192.168.50.254" } }, named).lan, "192.168.50.0/24 on br0, as planned");
  });
});
