import assert from "node:assert/strict";

import fc from "fast-check";

import { parseStackConfig } from "../../../config/parse";
import { hasNextHop, type Route } from "../../../config/plan";
import { PlanError } from "../../../config/problem";
import { MAX_BYTES, MAX_RECORDS } from "../../../router/asus/rule-list";
import { query } from "../../../router/asus/reading";
import { ROUTE_SCRIPT, appliedBy, routeCommands } from "../../../router/asus/script";
import { route, routes } from "../../support/routes";
import { devConfig, type Config } from "../../support/stack-files";

/** The script without comments and without what stands in quotes for people to read. */
const code = ROUTE_SCRIPT.replace(/^\s*#.*$/gm, "").replace(/fail "[^\n]*"/g, "fail");

/** What the router's root shell may get to see before the script. */
const WORDS = /^set -- "\$1" \d{1,10} [01] [01]( '[0-9.]+')*\n$/;
/** The question is the same for all routes, but for the gateways in it. */
const withoutAddresses = (text: string) => text.replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, "ADDRESS");
const questions = [[], [route("10.5.0.0/24", "192.168.50.11")]].map((some) => withoutAddresses(query(some)));
const options = { owner: "lab-dev", adopt: false, enableDormant: false };
const wordsOf = (some: readonly Route[]) => routeCommands(some, options).stdin.replace(ROUTE_SCRIPT, "");

/** The routes of a configuration: none where it is refused. */
function routesOf(config: Config): readonly Route[] {
  try {
    const { plan } = parseStackConfig("lab-dev", config);
    return hasNextHop(plan) ? plan.routes : [];
  } catch (error) {
    assert.ok(error instanceof PlanError, String(error));
    return [];
  }
}

describe("the router's script", () => {
  it("gets its values as quoted words of its first line", () => {
    const two = [route("10.5.0.0/24", "192.168.50.11"), route("10.7.0.0/25", "192.168.50.12", 7)];
    const { stdin, identity } = routeCommands(two, { ...options, adopt: true });
    const words = "'10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0' '10.7.0.0' '25' '255.255.255.128' '192.168.50.12' '7'";
    assert.equal(stdin, `set -- "$1" 552427561 1 0 ${words}\n${ROUTE_SCRIPT}`);
    // Another gateway or metric leaves the resource the same one, so that the route is changed where it is.
    assert.deepEqual(identity, ["10.5.0.0>255.255.255.0", "10.7.0.0>255.255.255.128"]);
    assert.deepEqual(appliedBy(stdin), ["10.5.0.0>255.255.255.0>192.168.50.11>0>LAN", "10.7.0.0>255.255.255.128>192.168.50.12>7>LAN"]);
    assert.deepEqual([appliedBy(""), appliedBy(routeCommands([], options).stdin)], [[], []]);
    assert.match(routeCommands(two, { ...options, enableDormant: true }).stdin, /^set -- "\$1" \d+ 0 1 '/);
    assert.match(wordsOf(two), WORDS);
  });

  it("has the same command lines whatever the routes, so that one in the state goes with any input", () => {
    const path = "PATH=/bin:/usr/bin:/sbin:/usr/sbin";
    fc.assert(
      fc.property(fc.array(routes, { maxLength: 5 }), (some) => {
        const { create, update, remove } = routeCommands(some, options);
        assert.deepEqual(
          [create, update, remove],
          ["create", "update", "remove"].map((action) => `${path} sh -s -- ${action}`),
        );
      }),
    );
  });

  it("lets nothing but digits and dots into the quotes, whatever the routes", () => {
    fc.assert(fc.property(fc.array(routes, { maxLength: 20 }), (some) => assert.match(wordsOf(some), WORDS)));
  });

  it("is reached by nothing else, whatever stands in the stack file", () => {
    const hostile = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789./'; $`\\\n<>") }));
    const soundOr = (sound: string) =>
      fc.oneof(
        fc.constant(sound),
        hostile,
        hostile.map((text) => sound + text),
      );
    fc.assert(
      fc.property(soundOr("10.5.0.0/24"), soundOr("192.168.50.11"), fc.oneof(fc.integer(), hostile), (address, gateway, metric) => {
        const config = devConfig({ "pools[0].addresses": [address], "gateway.addresses": [gateway], "router.metric": metric });
        assert.match(wordsOf(routesOf(config)), WORDS);
        assert.ok(questions.includes(withoutAddresses(query(routesOf(config)))));
      }),
    );
  });

  it("has the limits of the rule list", () => {
    assert.ok(code.includes(`[ \${#new} -lt ${MAX_BYTES} ] && [ $count -lt ${MAX_RECORDS} ]`));
  });

  it("runs no command that some firmware lacks", () => {
    const missing = ["awk", "base64", "command", "flock", "id", "ln", "mktemp", "mv", "realpath", "seq", "stat", "timeout", "tr", "wc"];
    for (const name of missing) assert.doesNotMatch(code, new RegExp(`(^|[|(;&]|\\b(if|until|while|do|then)\\b)\\s*${name}\\b`, "m"));
  });

  it("asks the router by a command line that old ones take, below 1024 bytes", () => {
    assert.ok(query([route("100.100.100.0/24", "192.168.150.111")]).length < 1024);
  });

  it("evaluates nothing, calls no firmware service, and leaves the switch on", () => {
    assert.doesNotMatch(code, /\beval\b|\bservice\b|restart_|sr_enable_x=0|\becho -e\b/);
  });

  it("commits in one place", () => {
    assert.equal(code.match(/nvram commit 2>&1/g)?.length, 1);
  });
});
