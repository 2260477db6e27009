/** Checks that the pages on MetalLB quote every message about a cluster, and that no heading quotes a message that does not exist. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { clusterSentences } from "../support/cluster-sentences";
import { isQuotedBy, isShownBy, quotationsOf } from "../support/page-quotations";
import { ROOT } from "../support/stack-files";

const names = readdirSync(join(ROOT, "docs", "how-to")).filter((name) => name.startsWith("metallb-") || name === "destroy.md");
const pages = names.map((name) => quotationsOf(`docs/how-to/${name}`));

describe("the pages on MetalLB", () => {
  let sentences: readonly string[];
  before(async () => {
    sentences = await clusterSentences();
  });

  it("have every finding about a cluster, and every error about its state", () => {
    assert.ok(new Set(sentences).size >= 36, `made no more than these:\n${sentences.join("\n")}`);
    assert.deepEqual(
      sentences.filter((sentence) => !pages.some((page) => isShownBy(page, sentence))),
      [],
    );
  });

  it("have no heading that quotes a message which does not exist", () => {
    const headings = pages.flatMap((page) => page.headings);
    assert.ok(headings.length >= 12, `found no more than ${headings.length} headings`);
    assert.deepEqual(
      headings.filter((heading) => !sentences.some((sentence) => isQuotedBy(heading, sentence))),
      [],
    );
  });

  it("are all in the list of documents that the README links to", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    assert.ok(readme.includes("(docs/README.md#do-how-to)"));
    const list = readFileSync(join(ROOT, "docs", "README.md"), "utf8");
    assert.deepEqual(
      names.filter((name) => !list.includes(`(how-to/${name})`)),
      [],
    );
  });
});
