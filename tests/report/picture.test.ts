import assert from "node:assert/strict";

import { drawPlan } from "../../report/picture/picture";
import { crowded, fixture, household, longest, named } from "./household";

const count = (text: string, part: string) => text.split(part).length - 1;

describe("the text of the picture", () => {
  it("is the same in every run", () => {
    assert.equal(drawPlan(fixture("three-clusters")), drawPlan(fixture("three-clusters")));
  });

  it("has a line and a label for every route, and both colour schemes", () => {
    const svg = drawPlan(fixture("several-pools"));
    assert.equal(count(svg, 'class="stop"'), 6 + 1, "one per route, and the legend's");
    for (const text of ["10.5.0.128/25", "prod-dns", "192.168.50.21", "LAN 192.168.50.0/24"]) assert.ok(svg.includes(`>${text}<`), text);
    assert.match(svg, /@media \(prefers-color-scheme: dark\)/);
  });

  it("describes its content in words", () => {
    assert.match(
      drawPlan(fixture("two-clusters")),
      /<desc>The router 192\.168\.50\.1 sends 10\.5\.0\.0\/24 to 192\.168\.50\.11, a node of lab-dev\. /,
    );
  });

  describe("of reservations, names and domains", () => {
    it("counts them at the router, and lists them on hovering", () => {
      const svg = drawPlan(named());
      assert.ok(svg.includes(">3 reservations · 4 names · 1 forwarded domain<"));
      assert.ok(svg.includes("<title>192.168.50.11, 192.168.50.12, 192.168.50.13, grafana.home.arpa 10.5.0.1, "));
      assert.equal(count(svg, ">reserved<"), 1, "at the gateway's node");
      const without = drawPlan(fixture("two-clusters"));
      assert.doesNotMatch(without, /reserved|reservation|forwarded domain/);
    });

    it("shows each name at its address, with the service that has the address", () => {
      assert.ok(drawPlan(named()).includes(">grafana.home.arpa · loki.home.arpa<"));
      assert.ok(drawPlan(named()).includes(">resolves *.k8s.example<"));
      assert.ok(drawPlan(named(), crowded()).includes(">demo/six · grafana.home.arpa · loki.home.arpa<"));
    });

    it("describes them in words", () => {
      const svg = drawPlan(named());
      for (const sentence of [
        "The router 192.168.50.1 reserves 192.168.50.13 for a node of lab-dev.",
        "The router 192.168.50.1 resolves wiki to 10.6.0.1.",
        "The router 192.168.50.1 forwards k8s.example to the DNS server 10.5.0.53.",
      ])
        assert.ok(svg.includes(sentence), sentence);
    });
  });

  it("shortens long texts, and shows the whole text on hovering", () => {
    const svg = drawPlan(longest());
    assert.ok(svg.includes(`<title>${"w".repeat(63)}</title>`));
    assert.match(svg, />w+…w+</);
  });

  it("escapes special characters in names", () => {
    const svg = drawPlan(
      household({ s: { cluster: `<&">`, pools: [{ name: "p", addresses: ["10.5.0.0/24"] }], gateway: "192.168.50.11" } }),
    );
    assert.ok(svg.includes(">s (&#60;&#38;&#34;&#62;)<"));
  });

  it("has one section for each router", () => assert.equal(count(drawPlan(longest()), 'class="section"'), 2));
});
