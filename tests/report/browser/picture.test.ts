import assert from "node:assert/strict";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import { plansOf } from "../../../config/plans";
import type { UnresolvedPlan } from "../../../config/plan";
import { drawPlan, type Live } from "../../../report/picture/picture";
import { crowded, fixture, longest, named } from "../household";
import { HOUSEHOLD, ROOT } from "../../support/stack-files";
import { openBrowser } from "./chromium";
import { measure } from "./measure";

const household = plansOf(HOUSEHOLD);

/** The widest fonts. Many machines have no others. */
const wide = 'text { font-family: "DejaVu Sans" !important; } .mono, .name { font-family: "DejaVu Sans Mono" !important; }';

const plans: Record<string, [household: UnresolvedPlan[], live?: Live]> = {
  "the example plan": [household],
  "the example plan with many services": [household, crowded()],
  "three clusters": [fixture("three-clusters")],
  "twenty clusters": [fixture("twenty-clusters")],
  "several pools": [fixture("several-pools")],
  "reservations, names and domains": [named()],
  "reservations, names and domains with many services": [named(), crowded()],
  "names and addresses as long as they come, on two routers": [longest()],
};

describe("the picture of the plan in Chromium", () => {
  let browser: Browser;
  let page: Page;

  // The first run downloads the browser.
  before(async function () {
    this.timeout(600_000);
    browser = await openBrowser();
    page = await browser.newPage({ deviceScaleFactor: 2 });
  });
  after(() => browser?.close());

  async function show(svg: string, colorScheme: "light" | "dark"): Promise<void> {
    await page.emulateMedia({ colorScheme });
    await page.goto(`data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`);
  }

  for (const [name, [household, live]] of Object.entries(plans)) {
    for (const scheme of ["light", "dark"] as const) {
      for (const fonts of ["the best fonts", "wide fonts"]) {
        it(`${name}: shows every element without overlaps, ${scheme}, ${fonts}`, async () => {
          const svg = drawPlan(household, live);
          await show(fonts === "wide fonts" ? svg.replace("</style>", `${wide}</style>`) : svg, scheme);
          const { faults, texts, arrows } = await measure(page);
          assert.deepEqual(faults, []);
          const wanted = household.flatMap(({ gateway, pools, routes, router, names }) => [
            router.host,
            `LAN ${router.lan.text}`,
            gateway.address,
            ...pools.flatMap((pool) => [pool.name, ...pool.addresses.map(({ text }) => text)]),
            ...routes.map(({ destination }) => destination.text),
            ...(live === undefined ? [] : household[0]?.names.length === 0 ? ["demo/six", "10.5.0.201", "and 3 more"] : ["and 5 more"]),
            ...names.map(({ address }) => address),
          ]);
          assert.deepEqual(
            wanted.filter((text) => !texts.includes(text)),
            [],
          );
          assert.equal(arrows, household.flatMap(({ routes }) => routes).length);
        });
      }
    }
  }

  it("fails the check for a label that overlaps, leaves its card, or is unreadable", async () => {
    const broken = drawPlan(household)
      .replace(">lab-dev<", `>${"lab-dev".repeat(20)}<`)
      .replace("</style>", ".quiet { fill: #fff; }</style>");
    await show(broken, "light");
    const { faults } = await measure(page);
    for (const fault of [/ overlaps /, / leaves its card$/, / leaves the picture$/, /^"pool" has a contrast of 1.0$/]) {
      assert.ok(
        faults.some((text) => fault.test(text)),
        `${fault.source} not among:\n${faults.join("\n")}`,
      );
    }
  });

  it("fails the check for an empty picture", async () => {
    await show("<svg xmlns='http://www.w3.org/2000/svg'><g>", "light");
    assert.deepEqual((await measure(page)).faults, ["not an SVG"]);
  });

  it("has other colours in dark mode", async () => {
    const shots: Buffer[] = [];
    for (const scheme of ["light", "dark"] as const) {
      await show(drawPlan(household), scheme);
      // HOMELAB_SCREENSHOTS=1 renews the documents' pictures.
      const renew = process.env["HOMELAB_SCREENSHOTS"] === "1" ? { path: join(ROOT, "docs", `plan-${scheme}.png`) } : {};
      shots.push(await page.locator("svg").screenshot({ ...renew, omitBackground: true }));
    }
    assert.ok(shots.every(({ length }) => length > 20_000));
    assert.notDeepEqual(shots[0], shots[1]);
  });
});
