import assert from "node:assert/strict";

import type { Ipv4 } from "../../../config/address/address";
import { asusRecords } from "../../../router/asus/records/driver";
import { RECORDS_SCRIPT } from "../../../router/asus/records/script";
import { devPlan, lineOf } from "../../support/readings";
import { recordsAnswer as answerOf } from "../../support/records";

describe("forwarded domains on the router", () => {
  const domain = { name: "k8s.example", address: "10.5.0.53" as Ipv4, forwarded: true as const };
  const withDomain = devPlan({ domains: { "k8s.example": "10.5.0.53" } });
  const [begin, ...rest] = [
    "# homelab-network 552427561 begin",
    "server=/k8s.example/10.5.0.53",
    "rebind-domain-ok=/k8s.example/",
    "# homelab-network 552427561 end",
  ];
  const block = [begin, ...rest];
  const answer = (added: readonly string[], used: readonly string[], ownFiles = "used", replaced = "") =>
    answerOf()
      .replace("@replaced\n", `@replaced\n${replaced}\n`)
      .replace("@recorded", ["@own-files", ownFiles, "@settings-add", ...added, "@settings", ...used, "@recorded"].join("\n"));
  const judgement = (isOwned: boolean, text: string) => {
    const ownedNames = isOwned ? [domain] : [];
    const { refusals, differences } = asusRecords.judge({ plan: withDomain, owned: [], ownedNames, reading: asusRecords.parse(text) });
    return { refusals: refusals.map(lineOf), differences: differences.map(lineOf) };
  };

  it("reach the script as quoted words, which its input returns", () => {
    const { stdin } = asusRecords.commands({ planned: [], names: [domain] }, { owner: "lab-dev", adopt: false, enableDormant: false });
    assert.match(stdin.replace(RECORDS_SCRIPT, ""), / 0 0 domain 'k8s\.example' '10\.5\.0\.53'\n$/);
    assert.deepEqual(asusRecords.namesAppliedBy(stdin), [domain]);
  });

  it("are read only if the plan has one", () => {
    const reads = (names: Parameters<typeof asusRecords.query>[1]) => asusRecords.query([], names).includes("dnsmasq.conf.add");
    assert.deepEqual([reads([domain]), reads([{ name: "grafana", address: domain.address }])], [true, false]);
  });

  it("are fine as planned, and differ if their lines were changed or dnsmasq does not have them", () => {
    assert.deepEqual(judgement(true, answer(["cache-size=1", ...block], ["no-resolv", "cache-size=1", ...block])), {
      refusals: [],
      differences: [],
    });
    assert.match(
      judgement(true, answer(block, ["no-resolv"])).differences.join(),
      /^domains\["k8s\.example"\] .* does not have it; pulumi up/,
    );
    assert.match(judgement(true, answer(block, [begin, rest[0], rest[2]])).differences.join(), /does not have it/);
    assert.match(
      judgement(true, answer([begin, "log-queries", ...rest], block)).differences.join(),
      /stack's lines in \/jffs\/configs\/dnsmasq\.conf\.add were changed/,
    );
    assert.equal(judgement(true, answer([], ["server=/k8s.example/10.5.0.53", "rebind-domain-ok=/k8s.example/"])).differences.length, 1);
  });

  it("are refused on stock firmware, if files of the user are switched off, and if a file replaces the firmware's", () => {
    assert.match(
      judgement(false, answer([], [], "")).refusals.join(),
      /^domains.*stock firmware has no file for domains, .*; install Asuswrt-Merlin, .* or remove the domains$/,
    );
    assert.match(
      judgement(false, answer([], [], "ignored")).refusals.join(),
      /^domains.*the router ignores files with domains; switch on JFFS custom scripts and configs on .* or remove the domains$/,
    );
    assert.match(
      judgement(false, answer([], [], "used", "/jffs/configs/dnsmasq.conf")).refusals.join(),
      /\/jffs\/configs\/dnsmasq\.conf on the router replaces the firmware's domains.*rename it to dnsmasq\.conf\.add/,
    );
    assert.deepEqual(judgement(false, answer([], [], "used", "/jffs/configs/hosts")).refusals, []);
  });

  it("are refused if another setting forwards or answers the domain", () => {
    for (const line of [
      "server=/k8s.example/10.9.9.9",
      "server = /a.example/k8s.example/10.9.9.9",
      "server=/K8s.Example/10.9.9.9",
      "local=/k8s.example/",
      "address=/k8s.example/1.2.3.4",
    ])
      assert.ok(
        judgement(false, answer([], [line]))
          .refusals.join()
          .includes(`already has '${line}'; remove that setting there`),
        line,
      );
    for (const line of [
      "server=/k8s.example/10.5.0.53",
      "server=/a.k8s.example/10.9.9.9",
      "# server=/k8s.example/10.9.9.9",
      "rebind-domain-ok=/k8s.example/",
    ])
      assert.deepEqual(judgement(false, answer([], [line])).refusals, [], line);
  });
});
