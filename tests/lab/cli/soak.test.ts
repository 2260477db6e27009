import assert from "node:assert/strict";

import { momentOf, VERBS, type InterruptedRound } from "../../../lab/cli/soak/interruptions";
import { boundariesOf, nextBoundary, type Soak } from "../../../lab/cli/soak/record";

describe("the moments of interruptions", () => {
  const moments = VERBS.flatMap((verb) => Array.from({ length: 70 }, (_, index) => momentOf(verb, index + 1, 7)));

  it("are equal for equal seeds, and differ for others", () => {
    assert.deepEqual(momentOf("up", 3, 7), momentOf("up", 3, 7));
    assert.notDeepEqual(
      moments,
      VERBS.flatMap((verb) => Array.from({ length: 70 }, (_, index) => momentOf(verb, index + 1, 8))),
    );
  });

  it("are of every kind: with and without a delay, with a power failure or surviving providers, followed by up or by destroy", () => {
    const kinds = new Set(moments.map(({ delay, providerSurvival, next }) => [delay > 0, providerSurvival > 0, next].join()));
    assert.equal(kinds.size, 8);
    assert.ok(moments.every(({ delay, providerSurvival }) => delay < 600 && providerSurvival <= 3000));
  });
});

describe("the rounds of make soak", () => {
  it("continue at the first boundary without a round", () => {
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

  it("have as many boundaries as the round that ended before its boundary shows", () => {
    const done = soak(round("up", 1, "begins"), round("up", 2, "ends"), round("up", 3), round("destroy", 1, "begins"));
    assert.deepEqual([boundariesOf(done, "up"), boundariesOf(done, "destroy")], [2, undefined]);
  });
});
