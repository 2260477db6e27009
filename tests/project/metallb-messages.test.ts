/** The pages on MetalLB have every sentence about a cluster under which a user would look, and no heading of a sentence that nobody says. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as ts from "typescript";

import { ROOT } from "../support/stack-files";
import { textsOf, type Constants } from "../support/source-texts";

const parse = (file: string) => ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.Latest, true);

/** Where the rules of findings about a cluster are written. */
const rules = ["findings", "announcers", "misconfigurations", "orphans", "pool-order", "destruction"].map((name) =>
  parse(`cluster/diagnosis/${name}.ts`),
);
/** Where a run ends over the state of a cluster. */
const errors = ["orphaned-webhook", "webhook-ready"].map((name) => parse(`preflight/${name}.ts`));

const folder = join(ROOT, "docs", "how-to");
const pages = readdirSync(folder)
  .filter((name) => name.startsWith("metallb-") || name === "destroy.md")
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

/** All nodes of a file. */
function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

function constantsOf(files: readonly ts.SourceFile[]): Constants {
  const found = new Map<string, string>();
  for (const node of files.flatMap((file) => [...nodesOf(file)])) {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isStringLiteral(node.initializer))
      found.set(node.name.getText(), node.initializer.text);
  }
  return found;
}

const constants = constantsOf([...rules, parse("config/node-labels.ts")]);
const isRule = (node: ts.Node): node is ts.PropertyAssignment => ts.isPropertyAssignment(node) && node.name.getText() === "rule";
const isError = (node: ts.Node): node is ts.CallExpression => ts.isCallExpression(node) && node.expression.getText() === "userError";
/** Errors are whole sentences; headings go without the full stop. */
const unstopped = (text: string): string => text.replace(/\.$/, "");
const said = rules.flatMap((file) => [...nodesOf(file)].filter(isRule).flatMap(({ initializer }) => textsOf(initializer, constants)));
const ended = errors.flatMap((file) =>
  [...nodesOf(file)].filter(isError).flatMap((call) => call.arguments.flatMap((text) => textsOf(text, constants).map(unstopped))),
);

/** What varies is `…` in pages, or an example. */
const pattern = (text: string) =>
  new RegExp(
    text
      .split("…")
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\s+/g, "\\s+"))
      .join("[^`]{1,200}?"),
  );

describe("the pages on MetalLB", () => {
  it("are there for every finding about a cluster, and every error over its state", () => {
    assert.ok(said.length >= 15 && ended.length >= 4, `found no more than ${said.length} findings and ${ended.length} errors`);
    assert.ok([...said, ...ended].every((text) => text.replaceAll("…", "").length > 10));
    const missing = [...said, ...ended].filter((text) => !pages.some((page) => pattern(text).test(page.text)));
    assert.deepEqual(missing, []);
  });

  it("have no heading in the program's words that it never says", () => {
    const headings = pages.flatMap(({ text }) => [...text.matchAll(/^## `([^`]+)`$/gm)].map(([, heading = ""]) => heading));
    assert.ok(headings.length >= 12, `found no more than ${headings.length} headings`);
    assert.deepEqual(
      headings.filter((heading) => ![...said, ...ended].includes(heading)),
      [],
    );
  });

  it("are all in the README's list", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    assert.deepEqual(
      pages.map(({ name }) => name).filter((name) => !readme.includes(`(docs/how-to/${name})`)),
      [],
    );
  });
});
