import assert from "node:assert/strict";

import { drawPlan } from "../../report/picture/picture";
import { fixture, household, longest } from "./household";

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
