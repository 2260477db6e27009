import assert from "node:assert/strict";

import fc from "fast-check";

import { parseStackConfig } from "../../../config/parse";
import { hasNextHop, type Plan, type Route } from "../../../config/plan";
import { PlanError } from "../../../config/problem";
import { MAX_BYTES, MAX_RECORDS } from "../../../config/route-list";
import { query } from "../../../router/asus/reading";
import { ROUTE_SCRIPT, appliedBy, hasSameResult, removedBy, routeCommands } from "../../../router/asus/script";
import { route, routes } from "../../support/routes";
import { devConfig, type Config } from "../../support/stack-files";

/** The script without comments and without quoted messages. */
const code = ROUTE_SCRIPT.replace(/^\s*#.*$/gm, "").replace(/fail "[^\n]*"/g, "fail");

/** What the router's root shell may receive before the script. */
const WORDS = /^set -- "\$1" \d{1,10} [01] [01]( (route|add|gone)( '[0-9.]+'){5})*\n$/;
/** Replaces the gateways, in which alone the queries of routes differ. */
const withoutAddresses = (text: string) => text.replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, "ADDRESS");
const questions = [[], [route("10.5.0.0/24", "192.168.50.11")]].map((some) => withoutAddresses(query(some)));
const options = { owner: "lab-dev", adopt: false, enableDormant: false };
const wordsOf = (some: readonly Route[]) => routeCommands(some, options).stdin.replace(ROUTE_SCRIPT, "");

const fixed = Object.fromEntries(
  (["create", "update", "remove"] as const).map((action) => [action, `PATH=/bin:/usr/bin:/sbin:/usr/sbin sh -s -- ${action}`]),
);

/** Returns the plan of a configuration; undefined if it is rejected, or has no next hop yet. */
function planOf(config: Config): Plan | undefined {
  try {
    const { plan } = parseStackConfig("lab-dev", config);
    return hasNextHop(plan) ? plan : undefined;
  } catch (error) {
    assert.ok(error instanceof PlanError, String(error));
    return undefined;
  }
}

describe("the router script", () => {
  it("receives its values as quoted words of its first line", () => {
    const two = [route("10.5.0.0/24", "192.168.50.11"), route("10.7.0.0/25", "192.168.50.12", 7)];
    const { stdin, identity } = routeCommands(two, { ...options, adopt: true });
    const words = "route '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0' route '10.7.0.0' '25' '255.255.255.128' '192.168.50.12' '7'";
    assert.equal(stdin, `set -- "$1" 552427561 1 0 ${words}\n${ROUTE_SCRIPT}`);
    // A new gateway or metric keeps the resource's identity, so that the route is updated in place.
    assert.deepEqual(identity, ["10.5.0.0>255.255.255.0", "10.7.0.0>255.255.255.128"]);
    assert.deepEqual(appliedBy(stdin), ["10.5.0.0>255.255.255.0>192.168.50.11>0>LAN", "10.7.0.0>255.255.255.128>192.168.50.12>7>LAN"]);
    assert.deepEqual([appliedBy(""), appliedBy(routeCommands([], options).stdin)], [[], []]);
    assert.match(routeCommands(two, { ...options, enableDormant: true }).stdin, /^set -- "\$1" \d+ 0 1 route '/);
    assert.match(wordsOf(two), WORDS);
  });

  it("names in an update what the last run did not have, and what only the last run had", () => {
    const [kept, removed, added] = [
      route("10.5.0.0/24", "192.168.50.11"),
      route("10.7.0.0/25", "192.168.50.12", 7),
      route("10.8.0.0/24", "192.168.50.11"),
    ];
    const { stdin: first } = routeCommands([kept, removed], options);
    const { stdin } = routeCommands([{ ...kept, metric: 3 }, added], options, first);
    assert.equal(
      stdin.split("\n")[0],
      `set -- "$1" 552427561 0 0 gone '10.7.0.0' '25' '255.255.255.128' '192.168.50.12' '7'` +
        " route '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '3' add '10.8.0.0' '24' '255.255.255.0' '192.168.50.11' '0'",
    );
    assert.deepEqual(appliedBy(stdin), ["10.5.0.0>255.255.255.0>192.168.50.11>3>LAN", "10.8.0.0>255.255.255.0>192.168.50.11>0>LAN"]);
    assert.deepEqual(removedBy(stdin), ["10.7.0.0>255.255.255.128>192.168.50.12>7>LAN"]);
    // What an update has removed is not removed by the next one.
    const { stdin: next } = routeCommands([{ ...kept, metric: 3 }, added], options, stdin);
    assert.equal(next, routeCommands([{ ...kept, metric: 3 }, added], options).stdin);
    assert.deepEqual([hasSameResult(stdin, next), hasSameResult(stdin, first)], [true, false]);
    assert.ok(hasSameResult(next, routeCommands([{ ...kept, metric: 3 }, added], { ...options, adopt: true }).stdin));
    for (const other of [{ owner: "lab-prod" }, { enableDormant: true }])
      assert.ok(!hasSameResult(next, routeCommands([{ ...kept, metric: 3 }, added], { ...options, ...other }).stdin));
    assert.ok(!hasSameResult(next, `${next}# another script`));
  });

  it("reads the inputs of earlier versions, which name no kinds", () => {
    const old = `set -- "$1" 552427561 0 0 '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0' '10.7.0.0' '25' '255.255.255.128' '192.168.50.12' '7'\n{\n}`;
    assert.deepEqual(appliedBy(old), ["10.5.0.0>255.255.255.0>192.168.50.11>0>LAN", "10.7.0.0>255.255.255.128>192.168.50.12>7>LAN"]);
    assert.match(routeCommands([], options, old).stdin, / gone '10\.5\.0\.0' .* gone '10\.7\.0\.0' /);
  });

  it("takes nothing but routes from the last input, whatever it has", () => {
    const hostile = fc.constantFrom("'; reboot; '", "$(reboot)", "10.5.0", "24", "192.168.50.11", "255.255.255.0", "0", "gone", "' '");
    const line = fc
      .array(hostile, { maxLength: 12 })
      .map((words) => `set -- "$1" 1 0 0 gone ${words.map((word) => `'${word}'`).join(" ")}\n`);
    fc.assert(fc.property(line, (last) => assert.match(routeCommands([], options, last).stdin.replace(ROUTE_SCRIPT, ""), WORDS)));
  });

  it("has the same command lines for any routes, so that the one in the state works with any input", () => {
    fc.assert(
      fc.property(fc.array(routes, { maxLength: 5 }), (some) => {
        const { create, update, remove } = routeCommands(some, options);
        assert.deepEqual({ create, update, remove }, fixed);
      }),
    );
  });

  it("allows only digits and dots inside the quotes, for any routes", () => {
    fc.assert(fc.property(fc.array(routes, { maxLength: 20 }), (some) => assert.match(wordsOf(some), WORDS)));
  });

  describe("with any text in the stack file", () => {
    /** Texts that a shell, the router's list or the query could misread. */
    const hostile = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1, unit: fc.constantFrom(..."0123456789./'; $`\\\n<>") }),
      fc.constantFrom("'; reboot; '", "$(reboot)", "`reboot`", "\nreboot\n", "' '10.0.0.0", ">0>WAN<", "@end", "\0", "\u2028"),
    );
    /** A value, variations with additions or in another notation, and values with one more digit. */
    const nearTo = (sound: string, ...forms: string[]) =>
      fc.oneof(
        { weight: 12, arbitrary: fc.constant(sound) },
        fc.tuple(fc.nat(9), fc.nat(sound.length)).map(([digit, at]) => `${sound.slice(0, at)}${digit}${sound.slice(at)}`),
        hostile.map((text) => sound + text),
        hostile.map((text) => text + sound),
        fc.tuple(hostile, fc.nat(sound.length)).map(([text, at]) => sound.slice(0, at) + text + sound.slice(at)),
        fc.constantFrom(...forms),
      );
    const address = nearTo(
      "10.5.0.0/24",
      "010.5.0.0/24",
      "10.5.0.0/024",
      "0x0a.5.0.0/24",
      "10.5/24",
      "１0.5.0.0/24",
      "10.5.0.0/２4",
      "10.5.0.0/24 ",
    );
    const gateway = nearTo(
      "192.168.50.11",
      "192.168.050.11",
      "0xc0a8320b",
      "3232248331",
      "192.168.50.1１",
      "::ffff:192.168.50.11",
      "192.168.50.11%br0",
    );
    const metric = fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 0, max: 999 }) },
      fc.integer(),
      fc.double(),
      hostile,
      fc.constantFrom("7", "07", "1e2", true, null),
    );

    /** Asserts that only digits and dots of a configuration reach the router, in the words, the commands' names or the query. */
    function holds(config: Config): readonly Route[] {
      const plan = planOf(config);
      const planned = plan?.routes ?? [];
      const owner = plan?.cluster.name ?? "none";
      const { stdin, identity, ...commands } = routeCommands(planned, { ...options, owner });
      assert.match(stdin.replace(ROUTE_SCRIPT, ""), WORDS);
      assert.deepEqual(commands, fixed);
      for (const text of identity) assert.match(text, /^[0-9.]+>[0-9.]+$/);
      assert.ok(questions.includes(withoutAddresses(query(planned))));
      return planned;
    }

    it("contains only parsed values if an address, a next hop or a metric is malformed", () => {
      const seen = { routes: 0, refused: 0 };
      fc.assert(
        fc.property(address, gateway, metric, (address, gateway, metric) => {
          const planned = holds(devConfig({ "pools[0].addresses": [address], "gateway.addresses": [gateway], "router.metric": metric }));
          seen[planned.length > 0 ? "routes" : "refused"]++;
        }),
        { numRuns: 500 },
      );
      assert.ok(seen.routes >= 60 && seen.refused >= 100, JSON.stringify(seen));
    });

    it("contains none of the free texts of a plan with routes", () => {
      let routed = 0;
      const free = hostile.filter((text) => /\S/.test(text));
      fc.assert(
        fc.property(fc.record({ name: free, context: free, user: free, password: free, values: free }), (texts) => {
          const planned = holds(
            devConfig({
              "cluster.name": texts.name,
              "cluster.context": texts.context,
              "router.user": texts.user,
              "router.password": texts.password,
              "router.privateKeyFile": undefined,
              "metallb.values": { [texts.values]: texts.values },
            }),
          );
          routed += planned.length;
        }),
      );
      assert.ok(routed >= 30, `only ${routed} plans with routes`);
    });

    it("creates no route from an address or a next hop with additional characters", () => {
      for (const near of ["'", "'; reboot; '", "$(reboot)", "\n", " ", ";", ">", "\0", "%br0", "１"]) {
        for (const config of [
          devConfig({ "pools[0].addresses": [`10.5.0.0/24${near}`] }),
          devConfig({ "pools[0].addresses": [`${near}10.5.0.0/24`] }),
          devConfig({ "gateway.addresses": [`192.168.50.11${near}`] }),
          devConfig({ "gateway.addresses": [`${near}192.168.50.11`] }),
        ])
          assert.deepEqual(holds(config), [], JSON.stringify(near));
      }
      assert.equal(holds(devConfig()).length, 1);
    });
  });

  it("has the limits of the rule list", () => {
    assert.ok(code.includes(`[ \${#new} -lt ${MAX_BYTES} ] && [ $count -lt ${MAX_RECORDS} ]`));
  });

  it("runs no command that some firmware lacks", () => {
    const missing = ["awk", "base64", "command", "flock", "id", "ln", "mktemp", "mv", "realpath", "seq", "stat", "timeout", "tr", "wc"];
    for (const name of missing) assert.doesNotMatch(code, new RegExp(`(^|[|(;&]|\\b(if|until|while|do|then)\\b)\\s*${name}\\b`, "m"));
  });

  it("queries the router with a command line below 1024 bytes, which old SSH servers accept", () => {
    assert.ok(query([route("100.100.100.0/24", "192.168.150.111")]).length < 1024);
  });

  it("evaluates no text, calls no firmware service, and keeps static routes switched on", () => {
    assert.doesNotMatch(code, /\beval\b|\bservice\b|restart_|sr_enable_x=0|\becho -e\b/);
  });

  it("commits nvram in one place", () => {
    assert.equal(code.match(/nvram commit 2>&1/g)?.length, 1);
  });
});
