import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { mock } from "node:test";
import { Progress } from "../../lab/progress";
import { duration } from "../../report/duration";

describe("progress", () => {
  let out: PassThrough;
  let progress: Progress;
  beforeEach(() => {
    out = new PassThrough({ encoding: "utf8" });
    progress = new Progress(out);
  });
  const printed = (): string => (out.read() as string | null) ?? "";

  it("prints that a step is done and how long it took, and returns its result", async () => {
    assert.equal(await progress.step("build it", () => Promise.resolve("built")), "built");
    assert.match(printed(), /^ {2}ok {2}build it \(0\.\d s\)\n$/);
  });

  it("prints that a step failed, and passes on the error", async () => {
    await assert.rejects(
      progress.step("build it", () => Promise.reject(new Error("no"))),
      { message: "no" },
    );
    assert.match(printed(), /^ FAIL build it \(0\.\d s\)\n$/);
  });

  describe("during a long step", () => {
    beforeEach(() => mock.timers.enable({ apis: ["setInterval", "Date"] }));
    afterEach(() => mock.timers.reset());

    const lines = async (seconds: number, expected?: number): Promise<string[]> => {
      let end = (): void => undefined;
      const step = progress.step("build it", () => new Promise<void>((resolve) => (end = resolve)), expected);
      for (let second = 0; second < seconds; second++) mock.timers.tick(1000);
      end();
      await step;
      return printed().trimEnd().split("\n");
    };

    it("prints a line every 30 s", async () => {
      assert.deepEqual(await lines(65), ["  ..  build it: 30 s so far", "  ..  build it: 60 s so far", "  ok  build it (65 s)"]);
    });

    it("prints the remaining time by the last duration, and when the step takes longer", async () => {
      assert.deepEqual(await lines(60, 50), [
        "  ..  build it: 30 s so far, about 20 s left",
        "  ..  build it: 60 s so far, longer than last time",
        "  ok  build it (60 s)",
      ]);
    });
  });

  for (const [seconds, text] of [
    [0, "0.0 s"],
    [0.84, "0.8 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [12.4, "12 s"],
    [89.4, "89 s"],
    [89.6, "1 min 30 s"],
    [119.6, "2 min 0 s"],
    [250, "4 min 10 s"],
    [3600, "60 min 0 s"],
  ] as const) {
    it(`prints ${seconds} seconds as ${text}`, () => assert.equal(duration(seconds), text));
  }
});
