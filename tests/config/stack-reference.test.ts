import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { STACK_REFERENCE_FILE, stackReferenceText } from "../../config/stack-reference";
import { configFields } from "../support/schema-fields";
import { ROOT } from "../support/stack-files";

describe("the reference of stack file keys", () => {
  const page = stackReferenceText();

  it("matches the committed page", () => {
    const committed = readFileSync(join(ROOT, STACK_REFERENCE_FILE), "utf8");
    assert.ok(committed === page, `${STACK_REFERENCE_FILE} is out of date: run bin/homelab schema, which writes it, and commit it`);
  });

  it("has every key of the schema, once: those of label selectors after the others, and entries of lists in the row of the list", () => {
    const rows = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, key = ""]) => key);
    const keys = configFields()
      .map(({ path }) => path.slice(1))
      .filter((path) => !path.endsWith("[]"))
      .map((path) => path.replace(/^.*(Selectors\[\]|\.preference)(?=\.match)/, "selector"));
    assert.deepEqual(rows.sort(), [...new Set([...keys, "selector"])].sort());
  });

  for (const { key, of, row } of [
    { key: "pools", of: "what a section is", row: ["**required**", "a list of pools, each with name and addresses"] },
    { key: "cluster.context", of: "what must be there", row: ["**required**", "the kubeconfig's context for this cluster: `lab-dev`"] },
    { key: "metallb.timeout", of: "a number's bounds", row: ["`300`", /^the seconds .* \(1 to 86400\): `900`$/] },
    { key: "router.password", of: "what may be encrypted", row: ["none", /password.* \(may be encrypted\): `correct horse/] },
    {
      key: "reserved.services",
      of: "a default and its words",
      row: ["`[10.96.0.0/12]` (kubeadm's)", "a list of the cluster's service networks: `[10.43.0.0/16]`"],
    },
    { key: "pools[].autoAssign", of: "a truth value", row: ["`true`", /^whether .*: `false`$/] },
    { key: "router.type", of: "a choice", row: ["`asus`", /^asus, for .*; or manual/] },
    {
      key: "selector.matchExpressions[].operator",
      of: "a key of a label selector",
      row: ["**required**", "In, NotIn, Exists or DoesNotExist"],
    },
  ]) {
    it(`says ${of}, as the schema's ${key} does`, () => {
      const line = page.split("\n").find((text) => text.startsWith(`| \`${key}\` `)) ?? "";
      const cells = line
        .split(" | ")
        .slice(1)
        .map((cell) => cell.replace(/ \|$/, "").trim());
      assert.equal(cells.length, 2);
      row.forEach((expected, index) =>
        typeof expected === "string" ? assert.equal(cells[index], expected) : assert.match(cells[index] ?? "", expected),
      );
    });
  }
});
