import assert from "node:assert/strict";

import { momentOf, VERBS, type InterruptedRound } from "../../../lab/cli/soak/interruptions";
import { boundariesOf, nextBoundary, type Soak } from "../../../lab/cli/soak/record";

describe("the moments at which runs are cut off", () => {
  const moments = VERBS.flatMap((verb) => Array.from({ length: 70 }, (_, index) => momentOf(verb, index + 1, 7)));

  it("are the same for the same seed, and others for another", () => {
    assert.deepEqual(momentOf("up", 3, 7), momentOf("up", 3, 7));
    assert.notDeepEqual(
      moments,
      VERBS.flatMap((verb) => Array.from({ length: 70 }, (_, index) => momentOf(verb, index + 1, 8))),
    );
  });

  it("are of every kind: at the boundary and after it, providers that die and that live on, an up next and a destroy", () => {
    const kinds = new Set(moments.map(({ delay, alone, next }) => [delay > 0, alone > 0, next].join()));
    assert.equal(kinds.size, 8);
    assert.ok(moments.every(({ delay, alone }) => delay < 600 && alone <= 3000));
  });
});

describe("the rounds that were run", () => {
  it("are gone on with at the first boundary that has none", () => {
    const done = soak(round("up", 1, "begins"), round("up", 3, "begins"), round("destroy", 1, "begins"));
    assert.deepEqual([nextBoundary(done, "up"), nextBoundary(done, "destroy"), nextBoundary(soak(), "up")], [2, 2, 1]);
  });

  const round = (verb: InterruptedRound["verb"], after: number, at?: string): InterruptedRound => ({
    ...momentOf(verb, after, 7),
    verb,
    seed: 7,
    ...(at === undefined ? {} : { at }),
    seconds: 1,
    problems: [],
  });
  const soak = (...rounds: InterruptedRound[]): Soak => ({
    script: "",
    date: "",
    seed: 7,
    rounds: [],
    interruptions: { parts: "", date: "", seed: 7, rounds },
  });

  it("say how many boundaries there are when one came to its end before the next", () => {
    const done = soak(round("up", 1, "begins"), round("up", 2, "ends"), round("up", 3), round("destroy", 1, "begins"));
    assert.deepEqual([boundariesOf(done, "up"), boundariesOf(done, "destroy")], [2, undefined]);
  });
});
