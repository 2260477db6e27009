/** Checks that all text leaves the program where it is made printable: text from routers, clusters and programs may be in it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support/stack-files";

/** The folders of the program. Errors and pages of the lab contain what the lab itself made. */
const FOLDERS = ["cli", "cluster", "components", "config", "engine", "preflight", "report", "router"];

/** The files that print, each of which makes a text printable. */
const PRINTERS = ["cli/ci-preview.ts", "cli/print.ts", "components/internal/order-chart.ts", "engine/log.ts"];

const PRINTS = /\bconsole\.\w+\(|\bprocess\.std(out|err)\.write\(|\bpulumi\.log\.\w+\(/;
const ERRORS = /new pulumi\.(RunError|ResourceError)\(/;

const sources = [
  "index.ts",
  ...FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`)),
].filter((file) => file.endsWith(".ts"));

const having = (pattern: RegExp): string[] => sources.filter((file) => pattern.test(readFileSync(join(ROOT, file), "utf8"))).sort();

describe("what the program prints", () => {
  it("goes through a few files", () => assert.deepEqual(having(PRINTS), PRINTERS));
  it("and its errors for the engine are made in one file", () => assert.deepEqual(having(ERRORS), ["engine/run-error.ts"]));
  it("has no error class of its own whose message is not made printable", () => {
    const classes = having(/class \w+ extends Error\b/);
    // Neither has text from outside: the first formats each line, and the message of the second is not printed.
    assert.deepEqual(classes, ["cli/verify/patience.ts", "config/problem.ts", "config/user-error.ts"]);
  });
});
