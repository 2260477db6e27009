import assert from "node:assert/strict";
import { failures, longestGap, type Sample } from "../../lab/prober/prober";

describe("a prober's samples", () => {
  const answered = (at: number, end: number): Sample => ({ at, end, node: "one" });
  const failed = (at: number): Sample => ({ at, end: at + 1000, error: "timeout" });

  it("have the longest time between consecutive answers, in the order of their arrival", () => {
    const samples = [answered(0, 10), failed(50), answered(100, 400), answered(150, 160), answered(450, 455)];
    assert.deepEqual(longestGap(samples), { length: 240, from: 160, to: 400 });
  });

  it("have no gap before two answers, and list failures", () => {
    assert.equal(longestGap([answered(0, 10), failed(50)]), undefined);
    assert.deepEqual(failures([answered(0, 10), failed(50)]), [failed(50)]);
  });
});
