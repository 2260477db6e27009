/** Checks that the pages on the router quote every finding and every message of the router's script, and no message that does not exist. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Finding } from "../../config/problem";
import { isQuotedBy, quotationsOf } from "../support/page-quotations";
import { lineOf } from "../support/readings";
import { routerFindings } from "../support/router-findings";
import { ROOT } from "../support/stack-files";

const page = readFileSync(join(ROOT, "docs", "how-to", "router-troubleshooting.md"), "utf8");

/** Returns the text of the parts of a script in a folder. */
function scriptIn(...folder: readonly string[]): string {
  const path = join(ROOT, "router", "asus", "script", ...folder);
  const parts = readdirSync(path).filter((file) => file.endsWith(".sh"));
  return parts.map((file) => readFileSync(join(path, file), "utf8")).join("\n");
}

const routeScript = scriptIn();
const recordsScript = scriptIn("records");

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = ""]) => found);

/** Returns constant texts in variables, such as the lock's path, by variable name. */
const constantsIn = (script: string) =>
  new Map(
    [...script.matchAll(/^(\w+)=(?:"([^"$\n]+)"|(\/[^\s"'$]+))$/gm)].map(([, name = "", quoted, path = ""]) => [name, quoted ?? path]),
  );

/** Returns the error messages of a script as the page quotes them, with `…` in place of values. */
function messagesOf(script: string): string[] {
  const constants = constantsIn(script);
  const normalised = (text: string) =>
    text
      .replaceAll(/\$(\w+)/g, (variable, name: string) => constants.get(name) ?? variable)
      .replaceAll(/\$\{1:-([^}]*)\}/g, "$1")
      .replaceAll(/\$\([^()]*\)|\$\{[^}]*\}|\$\w+/g, "…");
  return [
    ...all(script, /\bfail "([^"]*)"/g).filter((text) => text !== "next hop $gateway $1"),
    ...all(script, /\bcheck_bridge "([^"]*)"/g).map((text) => `next hop $gateway ${text}`),
    ...all(script, /\b(?:echo|print_message) "homelab-network: ([^"]*)"/g).filter((text) => text !== "$1"),
  ].map(normalised);
}

const messages = messagesOf(routeScript);
const recordsMessages = messagesOf(recordsScript);
/** How a message goes on that says what to do. */
const FIX = /; (find out|install|remove|rename|replace|see|set|switch) /;

describe("the troubleshooting page of the router", () => {
  const reported = all(page, /`homelab-network: ([^`]*)`/g);

  it("has every message of the router's script for routes, word for word", () => {
    assert.ok(messages.length > 25, `found no more than ${messages.length} messages in the script`);
    assert.deepEqual(
      messages.filter((text) => !reported.includes(text)),
      [],
    );
  });

  it("has every message of the script for reservations and names that does not say what to do", () => {
    assert.ok(recordsMessages.length > 20, `found no more than ${recordsMessages.length} messages in the script`);
    assert.deepEqual(
      recordsMessages.filter((text) => !FIX.test(text) && !reported.includes(text)),
      [],
    );
  });

  it("has no message that no script has", () => {
    const printed = [...messages, ...recordsMessages];
    assert.deepEqual(
      reported.filter((text) => !printed.includes(text)),
      [],
    );
  });

  for (const [what, script] of [
    ["routes", routeScript],
    ["reservations and names", recordsScript],
  ] as const) {
    it(`is compared with every message of the script for ${what}, each in double quotes`, () => {
      const calls = script.match(/\b(fail|check_bridge) [^\n]/g)?.length;
      const quoted = script.match(/\b(fail|check_bridge) "/g)?.length;
      assert.equal(calls, quoted, "a message is not in double quotes, and would be missed");
    });
  }
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
