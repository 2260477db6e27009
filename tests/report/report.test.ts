import assert from "node:assert/strict";

import { drawPlan } from "../../report/picture/picture";
import { worst } from "../../report/picture/marks";
import { reportPage, type Report } from "../../report/report";
import { fixture } from "./household";

const plans = fixture("several-pools");
const report = (changes: Partial<Report> = {}): string =>
  reportPage({
    subject: "lab-dev",
    date: new Date("2026-11-25T14:03:59Z"),
    summary: "1 failed, 8 ok",
    isOk: false,
    picture: drawPlan(plans, new Map(), new Map()),
    answers: { header: ["Stack", "Pool"], lines: [["lab-dev", "<pool> & more"]] },
    groups: [{ subject: "lab-dev", lines: [{ what: "router", outcome: "failed", message: "said <this>", fix: 'a "fix"' }] }],
    ...changes,
  });

describe("the report page", () => {
  it("is self-contained: no script and no external file", () => {
    const page = report();
    assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|url\(|src=|href=/i);
    assert.deepEqual([...page.matchAll(/https?:[^"\s<]*/g)].map(String), ["http://www.w3.org/2000/svg"]);
  });

  it("has subject, date and result", () => {
    const page = report();
    assert.match(page, /<title>Not as planned: lab-dev<\/title>/);
    assert.match(page, /Not as planned<\/span> on <time datetime="2026-11-25T14:03:59\.000Z">2026-11-25 14:03 UTC<\/time>: 1 failed, 8 ok/);
    assert.match(report({ isOk: true }), /<title>All as planned: lab-dev<\/title>/);
  });

  it("escapes messages", () => {
    const page = report();
    for (const text of ["&#60;pool&#62; &#38; more", "said &#60;this&#62;", '<td class="failed">failed</td>'])
      assert.ok(page.includes(text), text);
    assert.doesNotMatch(page, /<this>|<pool>/);
  });

  it("has no table of services if none was probed", () => {
    assert.doesNotMatch(report({ answers: { header: ["Stack"], lines: [] } }), /What services answered/);
  });
});

describe("the picture with marks", () => {
  it("is the plan's picture without marks, except for its colours", () => {
    const bare = (svg: string) => svg.replace(/<style>[^]*<\/style>/, "");
    assert.equal(bare(drawPlan(plans, new Map(), new Map())), bare(drawPlan(plans)));
  });

  it("shows the worst of several marks", () => {
    assert.equal(worst(["ok", "unknown", undefined]), "unknown");
    assert.equal(worst(["unknown", "failed", "ok"]), "failed");
    assert.equal(worst([undefined]), undefined);
  });
});
