import assert from "node:assert/strict";
import { until } from "../../lab/wait";

describe("waiting", () => {
  it("checks until there is a result, and returns it", async () => {
    const seen = [undefined, false, "there"] as const;
    let looks = 0;
    assert.equal(await until("it", () => seen[looks++], { interval: 1 }), "there");
    assert.equal(looks, 3);
  });

  it("accepts 0 and the empty text as results", async () => {
    assert.equal(await until("it", () => 0, { deadline: 0 }), 0);
    assert.equal(await until("it", () => "", { deadline: 0 }), "");
  });

  it("treats an error of the check as not yet", async () => {
    let looks = 0;
    const look = (): string => {
      if (looks++ === 0) throw new Error("too early");
      return "there";
    };
    assert.equal(await until("it", look, { interval: 1 }), "there");
  });

  it("reports at the deadline what it waited for, how long, and the last result", async () => {
    const patience = { deadline: 0, interval: 1 };
    await assert.rejects(
      until("the API server", () => Promise.reject(new Error("connection refused\n")), patience),
      { name: "UserError", message: "Waited 0 s for the API server without success; last seen: connection refused" },
    );
    await assert.rejects(
      until("the API server", () => false, patience),
      { message: "Waited 0 s for the API server without success; last seen: not yet so" },
    );
  });

  it("shortens a long last result, and keeps its end", async () => {
    const long = `${"x".repeat(2000)} the point`;
    await assert.rejects(
      until("it", () => Promise.reject(new Error(long)), { deadline: 0, interval: 1 }),
      (error: Error) => error.message.length < 700 && error.message.endsWith("the point"),
    );
  });
});
