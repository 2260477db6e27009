import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { Progress } from "../../lab/progress";
import { type Step, expectedSeconds, runLanes } from "../../lab/tools/steps";

/** Steps that end when the test ends them. */
class Work {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, (error?: Error) => void>();

  step(name: string): Step {
    const run = (): Promise<void> =>
      new Promise((resolve, reject) => {
        this.begun.push(name);
        this.ends.set(name, (error) => (error === undefined ? resolve() : reject(error)));
      });
    return { name, seconds: undefined, run };
  }

  async end(name: string, error?: Error): Promise<void> {
    this.ends.get(name)?.(error);
    await new Promise(setImmediate);
  }
}

describe("the lanes of tool builds", () => {
  const out = new PassThrough({ encoding: "utf8" });
  const progress = new Progress(out);
  const printed = (): string => ((out.read() as string | null) ?? "").replace(/ \(\d+\.\d s\)/g, "");

  it("run side by side, each in order, and number the steps as they begin", async () => {
    const work = new Work();
    const lanes = runLanes([[work.step("a1"), work.step("a2")], [], [work.step("b1")]], progress);
    assert.deepEqual(work.begun, ["a1", "b1"]);
    await work.end("a1");
    assert.deepEqual(work.begun, ["a1", "b1", "a2"]);
    await work.end("b1");
    await work.end("a2");
    await lanes;
    assert.equal(printed(), "  ok  [1/3] a1\n  ok  [2/3] b1\n  ok  [3/3] a2\n");
  });

  it("start no step after a failure, print its reason at once, and fail with it after running steps have ended", async () => {
    const work = new Work();
    const lanes = runLanes(
      [
        [work.step("a1"), work.step("a2")],
        [work.step("b1"), work.step("b2")],
      ],
      progress,
    );
    const outcome = assert.rejects(lanes, { message: "no network" });
    await work.end("b1", new Error("no network"));
    assert.equal(printed(), " FAIL [2/4] b1\n      no network\n      Waiting for the running steps: a1.\n");
    await work.end("a1");
    await outcome;
    assert.deepEqual(work.begun, ["a1", "b1"]);
  });

  const took = (...seconds: Array<number | undefined>): Step[] =>
    seconds.map((each) => ({ name: "", seconds: each, run: () => Promise.resolve() }));

  it("take as long as the longest of them", () => {
    assert.equal(expectedSeconds([took(100, 20), took(90), []]), 120);
    assert.equal(expectedSeconds([]), 0);
  });

  it("take an unknown time if a step runs for the first time", () => {
    assert.equal(expectedSeconds([took(100), took(undefined, 5)]), undefined);
  });
});
