import assert from "node:assert/strict";

import * as prettier from "prettier";

import { cidrOf, type Ipv4 } from "../../config/address/address";
import { withTables } from "../../report/document";
import { countText, rowsOf } from "../../report/rows";
import { addressTable, formTable, forMarkdown, forTerminal } from "../../report/table";
import { fixture, household } from "./household";

const mixed = household({
  b: { pools: [{ name: "b", addresses: ["10.6.0.0/28", "10.4.0.0/24"], avoidBuggyIPs: false }], gateway: "192.168.50.21" },
  a: {
    pools: [
      { name: "a", addresses: ["10.5.0.0/25"] },
      { name: "a6", addresses: ["fd00:5::/64", "192.168.50.200-192.168.50.219"], route: false },
    ],
    gateway: "192.168.50.11",
    router: { metric: 7 },
  },
});

describe("the table of addresses", () => {
  it("lists all pools by address, and the next free network last", () => {
    const table = addressTable(rowsOf(mixed, cidrOf("10.7.0.0" as Ipv4, 24)));
    assert.equal(
      forTerminal(table),
      `CIDR                           In use  Assigned cluster  Pool  Netmask          Next hop       Capacity
-----------------------------  ------  ----------------  ----  ---------------  -------------  -----------
10.4.0.0/24                    yes     b                 b     255.255.255.0    192.168.50.21  256
10.5.0.0/25                    yes     a                 a     255.255.255.128  192.168.50.11  127
10.6.0.0/28                    yes     b                 b     255.255.255.240  192.168.50.21  16
192.168.50.200-192.168.50.219  yes     a                 a6                     (no route)     20
fd00:5::/64                    yes     a                 a6                     (no route)     1.8 × 10^19
10.7.0.0/24                    no      (free)                                                  254`,
    );
  });

  it("has the values of the router's form, and the metric if there is one", () => {
    assert.deepEqual(formTable(rowsOf(mixed)), {
      header: ["Network/Host IP", "Netmask", "Gateway", "Metric"],
      lines: [
        ["10.4.0.0", "255.255.255.0", "192.168.50.21", "0"],
        ["10.5.0.0", "255.255.255.128", "192.168.50.11", "7"],
        ["10.6.0.0", "255.255.255.240", "192.168.50.21", "0"],
      ],
    });
    assert.deepEqual(formTable(rowsOf(fixture("two-clusters"))).header, ["Network/Host IP", "Netmask", "Gateway"]);
  });

  it("is Markdown that Prettier does not change", async () => {
    for (const plans of [mixed, fixture("two-clusters"), fixture("twenty-clusters")]) {
      const text = withTables("# T\n\n<!-- begin: written by make plan -->\n<!-- end -->\n\nrest\n", rowsOf(plans)) ?? "";
      assert.match(text, /^# T\n\n<!-- begin.*\n\n\| CIDR .*<!-- end -->\n\nrest\n$/s);
      assert.equal(await prettier.format(text, { parser: "markdown", printWidth: 140 }), text);
      assert.equal(withTables(text, rowsOf(plans)), text);
    }
  });

  it("is not inserted into a document without markers", () => assert.equal(withTables("# T\n", rowsOf(mixed)), undefined));

  it("prints counts exactly up to a billion, and rounds larger ones", () => {
    const counts: [bigint, string][] = [
      [0n, "0"],
      [254n, "254"],
      [16777214n, "16,777,214"],
      [2n ** 64n, "1.8 × 10^19"],
    ];
    for (const [count, text] of counts) assert.equal(countText(count), text);
  });

  it("pads even the narrowest column to the width that Markdown needs", () =>
    assert.equal(forMarkdown({ header: ["a"], lines: [["b"]] }), "| a   |\n| --- |\n| b   |"));
});
