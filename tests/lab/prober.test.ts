import assert from "node:assert/strict";
import { failures, longestGap, type Sample } from "../../lab/prober/prober";

describe("what a prober saw", () => {
  const answered = (at: number, end: number): Sample => ({ at, end, node: "one" });
  const failed = (at: number): Sample => ({ at, end: at + 1000, error: "timeout" });

  it("has the longest time between successive answers, in the order in which they came", () => {
    const samples = [answered(0, 10), failed(50), answered(100, 400), answered(150, 160), answered(450, 455)];
    assert.deepEqual(longestGap(samples), { length: 240, from: 160, to: 400 });
  });

  it("has no gap before two answers came, and tells failures apart", () => {
    assert.equal(longestGap([answered(0, 10), failed(50)]), undefined);
    assert.deepEqual(failures([answered(0, 10), failed(50)]), [failed(50)]);
  });
});
