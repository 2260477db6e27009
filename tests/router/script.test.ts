import assert from "node:assert/strict";

import fc from "fast-check";

import { parseStackConfig } from "../../network/config";
import type { Route } from "../../network/plan";
import { PlanError } from "../../network/problem";
import { MAX_BYTES, MAX_RECORDS } from "../../router/rule-list";
import { ROUTE_SCRIPT, routeCommand } from "../../router/script";
import { route, routes } from "../support/routes";
import { devConfig, type Config } from "../support/stack-files";

/** The script without comments and without what stands in quotes for people to read. */
const code = ROUTE_SCRIPT.replace(/^\s*#.*$/gm, "").replace(/fail "[^\n]*"/g, "fail");

/** What the router's root shell may get to see. */
const FORM = /^PATH=\/bin:\/usr\/bin:\/sbin:\/usr\/sbin sh -s -- apply( '[0-9.]+'){0,100}$/;

/** The routes of a configuration: none where it is refused. */
function routesOf(config: Config): readonly Route[] {
  try {
    return parseStackConfig("lab-dev", config).plan.routes;
  } catch (error) {
    assert.ok(error instanceof PlanError, String(error));
    return [];
  }
}

describe("the router's script", () => {
  it("gets its values as quoted arguments", () => {
    assert.equal(
      routeCommand("apply", [route("10.5.0.0/24", "192.168.50.11"), route("10.7.0.0/25", "192.168.50.12", 7)]),
      "PATH=/bin:/usr/bin:/sbin:/usr/sbin sh -s -- apply '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'" +
        " '10.7.0.0' '25' '255.255.255.128' '192.168.50.12' '7'",
    );
    assert.equal(
      routeCommand("remove", [route("10.5.0.0/24", "192.168.50.11")]),
      "PATH=/bin:/usr/bin:/sbin:/usr/sbin sh -s -- remove '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'",
    );
  });

  it("lets nothing but digits and dots into the quotes, whatever the routes", () => {
    fc.assert(fc.property(fc.array(routes, { maxLength: 20 }), (some) => assert.match(routeCommand("apply", some), FORM)));
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
        assert.match(routeCommand("apply", routesOf(config)), FORM);
      }),
    );
  });

  it("has a command line that old routers take: below 1024 bytes for a stack of ten pools", () => {
    const ten = Array.from({ length: 10 }, (_, index) => route(`100.100.${index + 100}.0/24`, "192.168.150.111", 999));
    assert.ok(routeCommand("remove", ten).length < 1024);
  });

  it("has the limits of the rule list", () => {
    assert.ok(code.includes(`[ \${#new} -lt ${MAX_BYTES} ] && [ $count -le ${MAX_RECORDS} ]`));
  });

  it("runs no command that some firmware lacks", () => {
    const missing = ["awk", "base64", "command", "flock", "id", "ln", "mktemp", "mv", "realpath", "seq", "stat", "timeout", "tr", "wc"];
    for (const name of missing) assert.doesNotMatch(code, new RegExp(`(^|[|(;&]|\\b(if|until|while|do|then)\\b)\\s*${name}\\b`, "m"));
  });

  it("evaluates nothing, calls no firmware service, and leaves the switch on", () => {
    assert.doesNotMatch(code, /\beval\b|\bservice\b|restart_|sr_enable_x=0|\becho -e\b/);
  });

  it("commits in one place", () => {
    assert.equal(code.match(/nvram commit 2>&1/g)?.length, 1);
  });
});
