/** Checks that the command line has every homelab command of the documents, and that make passes them on. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Command } from "commander";

import { program } from "../../cli/main";
import { blocksOf, pages } from "../support/documents";
import { ROOT } from "../support/stack-files";

/** Splits a command into words as a shell does, without its comment and without anything after a pipe, a redirection or another command. */
function wordsOf(command: string): string[] {
  const [own = ""] = command.split(/\s(?:#|\||&&|;|[0-9]?>)/);
  return (own.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));
}

/** Returns the shell command that make would run. */
function madeOf(words: readonly string[]): string[] {
  const printed = execFileSync("make", ["--dry-run", "--no-print-directory", ...words], { cwd: ROOT, encoding: "utf8", stdio: "pipe" });
  return printed.split("\n").filter((line) => line.startsWith("bin/homelab "));
}

/** Returns what is wrong with the words after `homelab`; undefined if nothing is. */
function faultOf(words: readonly string[], command: Command = program): string | undefined {
  const [first = "", ...rest] = words;
  const inner = command.commands.find((one) => one.name() === first);
  if (inner !== undefined) return faultOf(rest, inner);
  if (command.commands.length > 0) return `${command.name()} has no command "${first}"`;
  // Then the words after the stack belong to another program.
  const isOpen = command.registeredArguments.some(({ variadic }) => variadic);
  // Otherwise the options of one command would be those of the next test that runs it.
  command.saveStateBeforeParse();
  const { operands, unknown } = command.parseOptions(isOpen ? words.slice(0, 1) : [...words]);
  command.restoreStateBeforeParse();
  if (unknown.length > 0) return `${command.name()} has no option ${unknown.join(" ")}`;
  if (operands.length > command.registeredArguments.length) return `${command.name()} takes no "${operands.at(-1)}"`;
  return undefined;
}

const inProse = pages.flatMap((page) =>
  [...readFileSync(join(ROOT, page), "utf8").matchAll(/`((?:bin\/)?homelab [a-z][^`\n]*|make (?:-s )?[a-z][^`\n]*)`/g)].map(
    ([, text = ""]) => text,
  ),
);
const commands = [...new Set([...pages.flatMap(blocksOf).flatMap((block) => block.commands), ...inProse])]
  .map((text) => wordsOf(text.replace(/^([A-Z][A-Z0-9_]*=\S*\s+)+/, "")))
  .filter(([name = ""]) => /^(make|(bin\/)?homelab)$/.test(name));

describe("the homelab commands in the documents", () => {
  it("exist in the command line, with their options", () => {
    assert.ok(commands.length > 80, `${commands.length} commands`);
    const faults = commands.flatMap(([name, ...words]) => {
      const lines = name === "make" ? madeOf(words).map((line) => wordsOf(line).slice(1)) : [words];
      if (lines.length === 0 && words[0] !== "help") return [`make ${words.join(" ")} runs no homelab command`];
      return lines.flatMap((line) => faultOf(line) ?? []).map((fault) => `${[name, ...words].join(" ")}: ${fault}`);
    });
    assert.deepEqual(faults, []);
  });

  it("are reported if they do not", () => {
    assert.equal(faultOf(["plan", "--live", "now.svg"]), undefined);
    assert.equal(faultOf(["lab", "pulumi", "lab-dev", "preview", "--diff"]), undefined);
    assert.equal(faultOf(["plam"]), 'homelab has no command "plam"');
    assert.equal(faultOf(["lab", "reset"]), 'lab has no command "reset"');
    assert.equal(faultOf(["verify", "lab-dev", "--fast"]), "verify has no option --fast");
    assert.equal(faultOf(["verify", "lab-dev", "lab-prod"]), 'verify takes no "lab-prod"');
  });
});
