/** Checks that links in documents, and pages that messages name, lead to existing pages and headings. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { HOUSEHOLD, ROOT } from "../support/stack-files";

const skipped = ["(", "-name", "node_modules", "-o", "-name", ".git", ")", "-prune", "-o"];
const files = execFileSync("find", [".", ...skipped, "-type", "f", "-print"], { cwd: ROOT, encoding: "utf8" })
  .split("\n")
  .map((file) => file.replace(/^\.\//, ""));
const pages = files.filter((file) => file.endsWith(".md") && !file.startsWith("tests/"));
const prose = (page: string) => readFileSync(join(ROOT, page), "utf8").replaceAll(/```[\s\S]*?```/g, "");

/** Returns the anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return text.replaceAll(/[^\p{L}\p{N}\- _]/gu, "").replaceAll(" ", "-");
}

function anchorsOf(page: string): Set<string> {
  const text = prose(page);
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id)]);
}

function isBroken(page: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : normalize(join(dirname(page), file));
  // The user may have other stack files than the examples.
  if (!existsSync(join(ROOT, target)) && !existsSync(join(HOUSEHOLD, target))) return true;
  return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).has(anchor);
}

describe("the documents", () => {
  it("link only to files and headings that exist", () => {
    const links = pages.flatMap((page) => [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => ({ page, link })));
    const own = links.filter(({ link }) => !/^[a-z]+:/.test(link));
    assert.ok(own.length > 150, `${own.length} links`);
    assert.deepEqual(
      own.filter(({ page, link }) => isBroken(page, link)),
      [],
    );
  });

  it("have every page that code names", () => {
    const code = files.filter((file) => /\.(ts|js|sh|go|ya?ml)$|^Makefile$/.test(file));
    const named = code.flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(/(?<![\w/.-])docs\/[\w/-]+\.md/g)].map(([page]) => ({ file, page })),
    );
    assert.ok(named.length > 20, `${named.length} pages`);
    assert.deepEqual(
      named.filter(({ page }) => !existsSync(join(ROOT, page))),
      [],
    );
  });
});
