import { editDev, appendToDev, file, appendToProd, describeCases, type Case } from "./cases";

const both = (text: string, pulumi: string, own: string, numbers?: string) =>
  `Pulumi reads ${pulumi} here, and this program ${own}; write "${text}" in quotes for the text${numbers === undefined ? "" : `, or ${numbers} for the number`}`;
const port = (text: string, pulumi: string, own: string, numbers?: string): Case => [
  `the port ${text}`,
  editDev("user: homelab", `user: homelab\n    port: ${text}`),
  `Pulumi.lab-dev.yaml:21: router.port = ${text}: ${both(text, pulumi, own, numbers)}`,
];
const context = (text: string, pulumi: string, own: string, numbers?: string): Case => [
  `the name ${text}`,
  editDev("name: lab-dev", `name: ${text}`),
  `Pulumi.lab-dev.yaml:9: pools[0].name = ${text}: ${both(text, pulumi, own, numbers)}`,
];

describeCases("a text that two YAML readers understand differently", [
  port("022", "18", "22", "18 or 22"),
  port("0b10110", "22", "a text", "22"),
  port("0x_16", "22", "a text", "22"),
  port("0X16", "22", "a text", "22"),
  port("+0x16", "22", "a text", "22"),
  port("-0o26", "-22", "a text", "-22"),
  port("2_2", "22", "a text", "22"),
  port("1e400", "a text", "Infinity"),
  [
    "the metric 010",
    editDev("user: homelab", "user: homelab\n    metric: 010"),
    `Pulumi.lab-dev.yaml:21: router.metric = 010: ${both("010", "8", "10", "8 or 10")}`,
  ],
  context("2024-01-01", "a date", "a text"),
  context("2024-1-1", "a date", "a text"),
  context("2001-12-14t21:59:43.10-05:00", "a date", "a text"),
  [
    "a date with a time",
    appendToDev("  homelab-network:metallb: { values: { since: 2024-01-01 10:00:00 } }\n"),
    `Pulumi.lab-dev.yaml:22: metallb.values.since = 2024-01-01 10:00:00: ${both("2024-01-01 10:00:00", "a date", "a text")}`,
  ],
  [
    "a number without digits",
    appendToDev("  homelab-network:metallb: { values: { factor: .inf } }\n"),
    "Pulumi.lab-dev.yaml:22: metallb.values.factor = .inf: a number that Pulumi cannot pass on; write a number with digits, or put the text in quotes",
  ],
  [
    "a value of an alias",
    appendToDev("  homelab-network:metallb: { values: { a: &a 0777, b: *a } }\n"),
    `Pulumi.lab-dev.yaml:22: metallb.values.a = 0777: ${both("0777", "511", "777", "511 or 777")}`,
  ],
  [
    "a secret, without the secret",
    editDev("user: homelab", "user: homelab\n    password: 0123456"),
    "Pulumi.lab-dev.yaml:21: router.password = (not shown): a text to this program, but not to Pulumi, or the other way round; put the value in quotes",
  ],
  [
    "a Helm value with the name of a secret, without the secret",
    appendToDev("  homelab-network:metallb: { values: { memberlist: { secretKey: 0123456 } } }\n"),
    "Pulumi.lab-dev.yaml:22: metallb.values.memberlist.secretKey = (not shown): a text to this program, but not to Pulumi, or the other way round; put the value in quotes",
  ],
]);

const values = (text: string) => appendToDev(`  homelab-network:metallb:\n    values:\n      ${text}\n`);
const at = (path: string, rule: string, line = 24) => `Pulumi.lab-dev.yaml:${line}: metallb.values.${path} = (not shown): ${rule}`;
const tag = "a tag, which not every YAML reader understands; remove the tag, and put the value in quotes if it is a text";

describeCases("YAML that two readers understand differently", [
  [
    "a key that is a number to one",
    values("010: x"),
    at("010", "Pulumi reads 8 as this key, and this program the text; put the key in quotes"),
  ],
  [
    "a key that is a date to one",
    values("2024-01-01: x"),
    at("2024-01-01", "Pulumi reads a date as this key, and this program the text; put the key in quotes"),
  ],
  [
    "an empty key",
    values("x: { ~: y }"),
    at('x["~"]', "Pulumi reads nothing as this key, and this program the text; write a key before the colon"),
  ],
  [
    "a key that begins with ?",
    values("x: { ?y: 1 }"),
    at('x["?y"]', "a key that begins with ?, which not every reader keeps; put the key in quotes"),
  ],
  [
    "a key over two lines",
    values("x: { y\n        z: 1 }"),
    at('x["y z"]', "a key over several lines, which Pulumi refuses; write it on one line"),
  ],
  [
    "a merge key in quotes",
    values('x: { "<<": { y: 1 } }'),
    at('x["<<"]', "a key in quotes that Pulumi merges, and this program does not; write << without quotes to merge, or use another key"),
  ],
  ["an integer's tag", values('x: !!int "12"'), at("x", tag)],
  ["a binary's tag", values("x: !!binary aGVsbG8="), at("x", tag)],
  ["a tag of one's own", values("x: !secret y"), at("x", tag)],
  ["a set", values("x: !!set { a, b }"), at("x", tag)],
  [
    "an escaped slash",
    values('x: "a\\/b"'),
    at("x", "an escape sequence in double quotes that Pulumi refuses; write the character itself"),
  ],
  [
    "an escaped surrogate",
    values('x: "\\ud83d\\ude00"'),
    at("x", "an escape sequence in double quotes that Pulumi refuses; write the character itself"),
  ],
  [
    "a control character",
    values("x: a\u001bb"),
    "Pulumi.lab-dev.yaml:24: config = (not shown): the control character U+001B, which Pulumi refuses; remove it",
  ],
  [
    "a control character in a comment",
    values("x: a # \u0090"),
    "Pulumi.lab-dev.yaml:24: config = (not shown): the control character U+0090, which Pulumi refuses; remove it",
  ],
  [
    "a line separator",
    values("x: a\u2028b"),
    "Pulumi.lab-dev.yaml:24: config = (not shown): the character U+2028, which Pulumi takes for a line break; remove it",
  ],
  [
    "a next line character",
    values("x: a\u0085b"),
    "Pulumi.lab-dev.yaml:24: config = (not shown): the character U+0085, which Pulumi takes for a line break; remove it",
  ],
  [
    "the directive of another version",
    (project) => project.write("Pulumi.lab-dev.yaml", `%YAML 1.2\n---\n${project.read("Pulumi.lab-dev.yaml")}`),
    "Pulumi.lab-dev.yaml:1: config = (not shown): a line that begins with %, which Pulumi refuses; remove the line",
  ],
  [
    "tabs before keys",
    values("x:\n\ty: 1"),
    "Pulumi.lab-dev.yaml:25: config = (not shown): not YAML: a tab in the indentation; indent with spaces",
  ],
]);

describeCases("YAML that two readers understand in the same way", [
  [
    "numbers, words and texts",
    values(
      "x: [1, -1, 0o17, 0x1F, 1.5, 1e3, yes, no, on, off, y, ~, null, True, FALSE, 089, 1:30, '022', \"2024-01-01\", !!str 010, 0.15.3]",
    ),
  ],
  ["keys that are numbers or words", values("x: { 1: a, 2.5: b, yes: c, true: d }")],
  ["aliases and merges", values("x: &x { a: 1 }\n      y: { <<: *x, b: 2 }\n      z: [*x, *x]")],
  ["block and folded texts", values("x: |\n        010\n        yes\n      y: >-\n        2024-01-01\n")],
  ["120 aliases of one scalar", values(`a: &a text\n      x: [${Array(120).fill("*a").join(", ")}]`)],
  ["dates in keys of another project", appendToDev("  other:since: 2024-01-01\n  other:mode: 0777\n")],
  ["the same in the other stack's file", appendToProd("  homelab-network:metallb: { values: { x: '022' } }\n")],
  [
    "a file that begins with a document's mark",
    (project) => file("Pulumi.lab-dev.yaml", `---\n${project.read("Pulumi.lab-dev.yaml")}...\n`)(project),
  ],
]);
