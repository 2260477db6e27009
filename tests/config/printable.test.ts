import assert from "node:assert/strict";
import fc from "fast-check";

import { hasControl, looksSecret, onOneLine, printable, printableLines, shortened } from "../../config/printable";
import { formatFinding, listOf, quote } from "../../config/problem";
import { ed25519 } from "../../lab/ssh-key";

describe("a text for a terminal", () => {
  const cases: readonly (readonly [what: string, text: string, shown: string])[] = [
    ["escape sequences", "a\u001b[31mb", "a\\u001b[31mb"],
    ["NUL, DEL and C1", "\0\u007f\u009b", "\\u0000\\u007f\\u009b"],
    ["marks of direction", "\u202eabc\u2066", "\\u202eabc\\u2066"],
    ["line separators", "\u2028\n", "\\u2028\\u000a"],
    ["half a character", "\ud800", "\\ud800"],
    ["letters, signs and emoji", "Zürich 网络 🏠 <&>", "Zürich 网络 🏠 <&>"],
  ];
  for (const [what, text, shown] of cases) {
    it(`has ${what} as ${shown}`, () => {
      assert.equal(printable(text), shown);
      assert.equal(hasControl(text), text !== shown);
    });
  }

  const commands: readonly (readonly [what: string, text: string, shown: string])[] = [
    ["a command of a workflow", "::error file=a::x", "\\u003a:error file=a::x"],
    ["an indented command", "  ::stop-commands::x", "  \\u003a:stop-commands::x"],
    ["an older command anywhere in a line", "a ##[error]b ###[group]", "a \\u0023#[error]b #\\u0023#[group]"],
    ["a command of Azure", "##vso[task.logissue]a", "\\u0023#vso[task.logissue]a"],
    ["an IPv6 address at the beginning", "::ffff:10.5.0.1", "::ffff:10.5.0.1"],
    ["two colons inside a line", "urn:pulumi:lab-dev::homelab-network::a", "urn:pulumi:lab-dev::homelab-network::a"],
  ];
  for (const [what, text, shown] of commands) {
    it(`gives a CI runner no command: ${what}`, () => assert.deepEqual([printable(text), printableLines(text)], [shown, shown]));
  }

  it("gives a CI runner no command in a later line, and can be made one line", () => {
    const text = "it failed:\r\n  ::error::a\n\n##[error]b\n";
    assert.equal(printableLines(text), "it failed:\\u000d\n  \\u003a:error::a\n\n\\u0023#[error]b\n");
    assert.equal(onOneLine(text), "it failed: ::error::a \\u0023#[error]b");
  });

  it("takes no longer for a hostile text than for another", () => {
    const texts = [" ".repeat(1_000_000), "\n".repeat(1_000_000), `${" ".repeat(99)}:\n`.repeat(10_000), "::a".repeat(300_000)];
    const started = process.cpuUsage();
    for (const text of texts) assert.ok(printableLines(text).length >= text.length && onOneLine(text) !== undefined);
    assert.ok(process.cpuUsage(started).user < 5_000_000);
  });

  it("has no control character, whatever goes in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.ok(!hasControl(printable(text)));
        assert.equal(printableLines(text).split("\n").length, text.split("\n").length);
        const finding = formatFinding({ path: text, value: quote(text), rule: text, fix: text });
        assert.ok(!hasControl(finding));
      }),
    );
  });

  it("is as long as it may be", () => {
    assert.equal(shortened("abcdefghij".repeat(10), 20), "abcdefghijabc...ghij");
    const path = "k".repeat(100_000);
    assert.ok(formatFinding({ path, value: quote(path), rule: path, fix: path }).length < 3000);
  });

  it("lists at most a hundred problems", () => {
    const lines = listOf("The stack files have", Array<string>(15_000).fill("x")).split("\n");
    assert.deepEqual([lines.length, lines[0], lines.at(-1)], [102, "The stack files have 15000 problems:", "  and 14900 more"]);
  });
});

describe("a value that looks like a secret", () => {
  const pair = ed25519();
  const body = pair.private.split("\n").slice(1, -2).join("");
  const secrets = [
    pair.private,
    pair.private.replaceAll("\n", " "),
    body,
    body.slice(70),
    Buffer.from(pair.private).toString("base64"),
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.x",
    "password: hunter2",
    '{"token":"hunter2"}',
    "https://homelab:hunter2@charts.example.org",
  ];
  for (const secret of secrets) {
    it(`is not shown: ${secret.slice(0, 30).replaceAll("\n", " ")}`, () => {
      assert.ok(looksSecret(secret));
      assert.equal(quote(secret), "(not shown)");
    });
  }
  for (const plain of [
    pair.public,
    "~/.ssh/id_ed25519",
    "10.5.0.0/24",
    "a".repeat(300),
    "https://metallb.github.io/metallb",
    "/home/me/passwords/key",
  ]) {
    it(`is shown if it is another text: ${plain.slice(0, 30)}`, () => assert.notEqual(quote(plain), "(not shown)"));
  }
});
