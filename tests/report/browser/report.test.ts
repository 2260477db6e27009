import assert from "node:assert/strict";

import type { Browser, Page } from "playwright-core";

import type { UnresolvedPlan } from "../../../config/plan";
import type { Mark, Marks } from "../../../report/picture/marks";
import { drawPlan } from "../../../report/picture/picture";
import { reportPage } from "../../../report/report";
import { fixture, longest } from "../household";
import { openBrowser } from "./chromium";
import { COLOURS, hopsOf, showPage } from "./hops";
import { measure } from "./measure";

/** Marks all parts of all stacks with one mark. */
function marked(plans: readonly UnresolvedPlan[], mark: Mark): Marks {
  return new Map(
    plans.map(({ stack, routes, pools }) => [
      stack,
      {
        router: mark,
        node: mark,
        routes: new Map(routes.map(({ destination: { text } }) => [text, mark])),
        pools: new Map(pools.map(({ name }) => [name, mark])),
      },
    ]),
  );
}

function pageOf(plans: readonly UnresolvedPlan[], marks: Marks): string {
  const line = { what: "router", outcome: "failed" as const, message: "does not answer ".repeat(20), fix: "a fix" };
  const answers = { header: ["Stack", "Pool", "HTTP"], lines: plans.map(({ stack }) => [stack, "a".repeat(63), "200"]) };
  return reportPage({
    subject: `${plans.length} stacks`,
    date: new Date(0),
    summary: "1 failed",
    isOk: false,
    picture: drawPlan(plans, new Map(), marks),
    answers,
    groups: [{ subject: "lab-dev", lines: [line] }],
  });
}

describe("the report in Chromium", () => {
  let browser: Browser;
  let page: Page;

  // The first run downloads the browser.
  before(async function () {
    this.timeout(600_000);
    browser = await openBrowser();
    page = await browser.newPage({ colorScheme: "light" });
  });
  after(() => browser?.close());

  for (const mark of ["ok", "failed", "unknown"] as const) {
    for (const [name, plans] of [
      ["several pools", fixture("several-pools")],
      ["names and addresses as long as they come, on two routers", longest()],
    ] as const) {
      it(`shows each hop in the colour of ${mark}, with a badge and readable text: ${name}`, async () => {
        await showPage(page, pageOf(plans, marked(plans, mark)));
        const { marks, lines } = await hopsOf(page);
        const { faults } = await measure(page);
        assert.deepEqual(faults, []);
        const count = (of: (plan: UnresolvedPlan) => number) => plans.reduce((sum, plan) => sum + of(plan), 0);
        const routers = new Set(plans.map(({ router }) => router.host)).size;
        assert.equal(marks.length, routers + plans.length + count(({ pools }) => pools.length) + count(({ routes }) => routes.length));
        assert.deepEqual([...new Set([...marks.flatMap(({ badge, outline }) => [badge, outline]), ...lines])], [COLOURS[mark]]);
        assert.deepEqual([...new Set(marks.map((one) => one.mark))], [mark]);
      });
    }
  }

  it("has other colours in dark mode", async () => {
    const plans = fixture("several-pools");
    await page.emulateMedia({ colorScheme: "dark" });
    await showPage(page, pageOf(plans, marked(plans, "failed")));
    const { marks } = await hopsOf(page);
    const { faults } = await measure(page);
    assert.deepEqual(faults, []);
    assert.deepEqual([...new Set(marks.map(({ badge }) => badge))], ["rgb(248, 113, 113)"]);
  });

  it("fits a phone: only tables and picture are wider than the screen, and these scroll", async () => {
    const plans = longest();
    await page.setViewportSize({ width: 390, height: 800 });
    await showPage(page, pageOf(plans, marked(plans, "ok")));
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert.ok(width <= 390, `${width} px wide`);
  });
});
