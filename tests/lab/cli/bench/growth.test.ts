import assert from "node:assert/strict";

import { isLinear, stepsOf } from "../../../../lab/cli/bench/growth";

const points = (samples: Readonly<Record<number, readonly number[]>>) =>
  Object.entries(samples).map(([size, of]) => ({ size: Number(size), samples: of }));
/** What a cost comes to at 1, 10 and 50, a little more and less each time. */
const measured = (cost: (size: number) => number, noise = 0.02) =>
  [1, 10, 50].map((size) => ({ size, samples: [1 - noise, 1, 1 + noise].map((factor) => factor * cost(size)) }));

describe("how something grows", () => {
  it("is what each further one costs, from size to size, by the middle samples", () => {
    assert.deepEqual(stepsOf(points({ 1: [2, 9, 1], 10: [4.25], 50: [4.25, 4.25] })), [
      { from: 1, to: 10, each: 0.25 },
      { from: 10, to: 50, each: 0 },
    ]);
  });

  it("is no worse than linear where there is a base, where there is none, and where nothing grows", () => {
    assert.ok(isLinear(measured((size) => 4 + 0.1 * size)));
    assert.ok(isLinear(measured((size) => 0.1 * size)));
    assert.ok(isLinear(measured((size) => 4 + Math.log(size))));
    assert.ok(isLinear(measured(() => 100)));
    // To the byte the same, and then some pages more.
    assert.ok(isLinear(points({ 1: [118], 10: [118], 50: [119] })));
    // A little quicker, as it happens, and then as slow as before.
    assert.ok(isLinear(points({ 1: [4.1, 4.2, 4.5], 10: [4, 4.1, 4.3], 50: [4.2, 4.4, 4.5] })));
  });

  it("is worse where each further one costs more than those before, whatever the base", () => {
    assert.ok(!isLinear(measured((size) => 0.01 * size ** 2)));
    assert.ok(!isLinear(measured((size) => 4 + 0.01 * size ** 2)));
    assert.ok(!isLinear(measured((size) => 4 + 0.1 * size + 0.01 * size ** 2)));
  });

  it("is worse where it grows by a larger factor than the size", () => {
    assert.ok(!isLinear(points({ 2: [0.8, 1], 10: [5.1, 9] })));
    assert.ok(isLinear(points({ 2: [0.8, 1], 10: [5, 9] })));
  });

  it("is not said to be worse by samples that differ too much among themselves to tell", () => {
    assert.ok(isLinear(points({ 1: [1, 2], 10: [9, 30], 50: [60, 200] })));
  });
});
