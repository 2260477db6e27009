import assert from "node:assert/strict";
import * as fs from "node:fs";

import { drawComparisons } from "../../../../lab/cli/bench/plot";
import { comparisonsOf, PICTURE, SAMPLES, type Measurements } from "../../../../lab/cli/bench/record";

describe("the picture of the comparisons", () => {
  it("is committed as drawn from the committed samples", () => {
    const committed = JSON.parse(fs.readFileSync(SAMPLES, "utf8")) as Measurements;
    assert.equal(fs.readFileSync(PICTURE, "utf8"), drawComparisons(comparisonsOf(committed)));
  });

  it("has bars as long as the medians, with the goal's mark between them if it lies there", () => {
    const beside = { what: "tools & <more>", samples: [2, 2, 2] };
    const picture = drawComparisons([{ what: "up", samples: [4, 1, 9], beside, most: 1.5 }]);
    const widths = [...picture.matchAll(/class="[or]" x="330" y="\d+" width="(\d+)"/g)].map(([, width]) => Number(width));
    const mark = Number(/class="g" d="M(\d+)/.exec(picture)?.[1]);
    assert.deepEqual(widths, [540, 270]);
    assert.equal(mark, 330 + 405);
    assert.match(picture, /tools &amp; &lt;more>/);
  });
});
