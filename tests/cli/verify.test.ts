import assert from "node:assert/strict";

import { ok, failed, type Group } from "../../cli/check/check";
import { answerTable, jsonOf, pageOf } from "../../cli/verify";
import type { Verified } from "../../cli/verify/stack";
import type { Plan } from "../../config/plan";
import { fixture } from "../report/household";

/** The results for two clusters with a pool `primary` each: the probe service of lab-dev answers, that of lab-prod does not. */
const verified = (fixture("same-pool-name") as Plan[]).map((plan): Verified => {
  const isDev = plan.stack === "lab-dev";
  const lines = [
    ok("pool primary", "IPAddressPool as planned"),
    isDev ? ok("service primary", "10.5.0.1 answers this machine with 200 in 7 ms") : failed("service primary", "10.6.0.1 does not answer"),
  ];
  const address = isDev ? "10.5.0.1" : "10.6.0.1";
  const reply = isDev ? { reply: { status: 200, milliseconds: 7 } } : {};
  // The outputs need only the stack's name and plan.
  const stack = { name: plan.stack, plan } as Verified["stack"];
  return { stack, lines, results: [{ pool: "primary", lines: lines.slice(1), address, ...reply }], nodes: [] };
});
const groups = verified.map(({ stack, lines }): Group => ({ subject: stack.name, lines }));

describe("homelab verify, for two stacks whose pools have the same name", () => {
  it("lists each probe with its own stack, addresses and next hop", () => {
    assert.deepEqual(answerTable(verified).lines, [
      ["lab-dev", "primary", "10.5.0.0/24", "192.168.50.11", "10.5.0.1", "200", "7 ms"],
      ["lab-prod", "primary", "10.6.0.0/24", "192.168.50.21", "10.6.0.1", "none", ""],
    ]);
  });

  it("names stack and pool of each probe and each check in its JSON", () => {
    const { checks, services } = JSON.parse(jsonOf(verified, groups)) as { checks: Record<string, unknown>[]; services: unknown };
    assert.deepEqual(
      checks.map(({ of, what, outcome }) => [of, what, outcome]),
      [
        ["lab-dev", "pool primary", "ok"],
        ["lab-dev", "service primary", "ok"],
        ["lab-prod", "pool primary", "ok"],
        ["lab-prod", "service primary", "failed"],
      ],
    );
    assert.deepEqual(services, [
      { of: "lab-dev", pool: "primary", address: "10.5.0.1", status: 200, milliseconds: 7 },
      { of: "lab-prod", pool: "primary", address: "10.6.0.1" },
    ]);
  });

  it("marks each pool of its report page by the checks of its own stack", () => {
    const page = pageOf(verified, groups, new Date("2026-11-25T14:03:59Z"));
    const svg = page.slice(page.indexOf("<svg"), page.indexOf("</svg>"));
    const seen = [...svg.matchAll(/<title>(ok|failed)<|>(lab-\w+|primary|HTTP 200 in 7 ms|no answer over HTTP)</g)];
    assert.deepEqual(
      seen.map(([, mark, text]) => mark ?? text),
      ["lab-dev", "primary", "HTTP 200 in 7 ms", "ok", "lab-prod", "primary", "no answer over HTTP", "failed"],
    );
    assert.match(page, /<title>Not as planned: 2 stacks<\/title>/);
  });
});
