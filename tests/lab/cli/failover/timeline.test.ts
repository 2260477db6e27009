import assert from "node:assert/strict";
import { drawFailover, failoverOf } from "../../../../lab/cli/failover/timeline";
import type { Sample } from "../../../../lab/prober/prober";

describe("the picture of a failover", () => {
  const faultAt = 1_000_000;
  const sample = (seconds: number, answered: boolean): Sample => ({
    at: faultAt + seconds * 1000,
    end: faultAt + seconds * 1000 + (answered ? 4 : 1000),
    ...(answered ? {} : { error: "timeout" }),
  });
  const samples = [...Array(200).keys()].map((index) => index / 10 - 5).map((at) => sample(at, at <= 0 || at >= 5));
  const claim = (seconds: number, mac: string, gratuitous = false) => ({ at: faultAt + seconds * 1000, mac, gratuitous });
  const claims = [claim(-1, "a"), claim(3.9, "b", true), claim(5, "b"), claim(14, "b")];
  const drawn = failoverOf("A failover", { faultAt, samples, claims, detected: 3.8 }, (mac) => `node-${mac}`);

  it("shows two seconds before the failure, and four after the first answer", () => {
    const times = drawn.requests.map(([at]) => at);
    assert.deepEqual([Math.min(...times), Math.max(...times)], [-2, 9]);
    assert.deepEqual(drawn.claims, [
      [-1, "node-a", false],
      [3.9, "node-b", true],
      [5, "node-b", false],
    ]);
  });

  it("names the four moments, and draws every request and claim once", () => {
    const svg = drawFailover(drawn);
    for (const mark of ["last answer (0.0 s)", "failure detected (3.8 s)", "claimed by another (3.9 s)", "first answer (5.0 s)"])
      assert.ok(svg.includes(mark), mark);
    const count = (pattern: RegExp): number => svg.match(pattern)?.length ?? 0;
    assert.deepEqual([count(/class="o"/g), count(/class="f"/g), count(/<circle/g)], [62, 49, 3]);
  });

  it("escapes text in markup", () => {
    assert.ok(drawFailover({ ...drawn, title: 'a <b> & "c"' }).includes(">a &lt;b> &amp; &quot;c&quot;<"));
  });
});
