import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { allOf, userError } from "../../engine/run-error";

describe("several checks", () => {
  const later = async (error: Error): Promise<never> => {
    await new Promise((resolve) => setImmediate(resolve));
    throw error;
  };
  const failure = (...checks: Promise<unknown>[]): Promise<Error> =>
    allOf(...checks).then(
      () => assert.fail("no check failed"),
      (error: Error) => error,
    );

  it("return their results in order", async () => {
    assert.deepEqual(await allOf(Promise.resolve(1), Promise.resolve("two")), [1, "two"]);
  });

  it("fail with the reasons of all, under one heading, whichever is first", async () => {
    const router = userError("lab-dev cannot be deployed:\n  a: of the router");
    const cluster = userError("lab-dev cannot be deployed:\n  b: of the cluster");
    const message = "lab-dev cannot be deployed:\n  a: of the router\n  b: of the cluster";
    assert.equal((await failure(later(router), Promise.reject(cluster))).message, message);
    const error = await failure(Promise.reject(router), later(cluster));
    assert.equal(error.message, message);
    assert.ok(pulumi.RunError.isInstance(error));
    assert.equal(error.stack, undefined, "the engine would print it");
  });

  it("name a reason once that two of them have", async () => {
    const silent = () => userError("lab-dev cannot be deployed:\n  the router does not answer");
    assert.equal((await failure(Promise.reject(silent()), later(silent()))).message, silent().message);
  });

  it("fail with an error of the program itself, and its stack trace", async () => {
    const defect = new TypeError("x is not a function");
    assert.equal(await failure(Promise.reject(userError("refused")), later(defect)), defect);
  });
});
