/** Checks that the pages on the router quote every finding and every message of the router's script, and no message that does not exist. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Finding } from "../../config/problem";
import { isQuotedBy, quotationsOf } from "../support/page-quotations";
import { lineOf } from "../support/readings";
import { routerFindings } from "../support/router-findings";
import { ROOT } from "../support/stack-files";

const FOLDER = join(ROOT, "router", "asus", "script");
const page = readFileSync(join(ROOT, "docs", "how-to", "router-troubleshooting.md"), "utf8");
const script = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".sh"))
  .map((file) => readFileSync(join(FOLDER, file), "utf8"))
  .join("\n");

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = ""]) => found);

/** Constant texts in variables, such as the lock's path, by variable name. */
const constants = new Map(
  [...script.matchAll(/^(\w+)=(?:"([^"$\n]+)"|(\/[^\s"'$]+))$/gm)].map(([, name = "", quoted, path = ""]) => [name, quoted ?? path]),
);

/** Returns a text of the shell as the page quotes it, with `…` in place of values. */
function normalised(text: string): string {
  return text
    .replaceAll(/\$(\w+)/g, (variable, name: string) => constants.get(name) ?? variable)
    .replaceAll(/\$\{1:-([^}]*)\}/g, "$1")
    .replaceAll(/\$\([^()]*\)|\$\{[^}]*\}|\$\w+/g, "…");
}

/** The error messages of the script. One function gets the end of its message as its argument. */
const messages = [
  ...all(script, /\bfail "([^"]*)"/g).filter((text) => text !== "next hop $gateway $1"),
  ...all(script, /\bcheck_bridge "([^"]*)"/g).map((text) => `next hop $gateway ${text}`),
  ...all(script, /\b(?:echo|print_message) "homelab-network: ([^"]*)"/g).filter((text) => text !== "$1"),
].map(normalised);

describe("the troubleshooting page of the router", () => {
  it("has every message of the router's script, word for word, and no others", () => {
    assert.ok(messages.length > 25, `found no more than ${messages.length} messages in the script`);
    const reported = all(page, /`homelab-network: ([^`]*)`/g);
    assert.deepEqual([...new Set(reported)].sort(), [...new Set(messages)].sort());
  });

  it("is compared with every message of the script, each in double quotes", () => {
    const calls = script.match(/\b(fail|check_bridge) [^\n]/g)?.length;
    const quoted = script.match(/\b(fail|check_bridge) "/g)?.length;
    assert.equal(calls, quoted, "a message is not in double quotes, and would be missed");
  });
});

describe("the pages on the router", () => {
  const troubleshooting = ["Refusals", "Differences"].flatMap((section) =>
    quotationsOf("docs/how-to/router-troubleshooting.md", section).spans.filter((span) => !span.startsWith("homelab-network:")),
  );
  const floating = quotationsOf("docs/how-to/floating-next-hop.md").spans;
  const findings = routerFindings();
  /** The forms in which a page may quote a finding: the whole line, without the key, which a table of its own has, or without the fix. */
  const formsOf = (finding: Finding) => [lineOf(finding), `${finding.rule}; ${finding.fix}`, finding.rule];
  const isShown = (span: string) => findings.some((finding) => formsOf(finding).some((form) => isQuotedBy(span, form)));

  it("have every finding of the program about the router", () => {
    assert.ok(new Set(findings.map(lineOf)).size >= 27, `made no more than these:\n${findings.map(lineOf).join("\n")}`);
    const missing = findings.filter((finding) => {
      const forms = formsOf(finding);
      return ![...troubleshooting, ...floating].some((span) => forms.some((form) => isQuotedBy(span, form)));
    });
    assert.deepEqual(missing.map(lineOf), []);
  });

  it("have no refusal and no difference that the program does not have", () => {
    const reported = troubleshooting.filter((span) => /^(router|gateway|pools)\b.* = |; pulumi up corrects it$/.test(span));
    assert.ok(reported.length >= 20, `found no more than ${reported.length} in the tables`);
    assert.deepEqual(
      reported.filter((span) => !isShown(span)),
      [],
    );
  });
});
