import assert from "node:assert/strict";

import { quietShutdown } from "../../engine/quiet-shutdown";

type Callback = (error: object | null, response?: unknown) => void;

describe("the end of a failed run", () => {
  /** Returns the code of an error after it has passed the SDK's connection to the engine. */
  function codeOf(message: string): unknown {
    const error = Object.assign(new Error(`2 UNKNOWN: ${message}`), { code: 2, details: message });
    const monitor = { registerResource: (_request: unknown, callback: Callback) => callback(error) };
    quietShutdown(monitor as never);
    let code: unknown;
    monitor.registerResource({}, (given) => (code = (given as { code: unknown }).code));
    return code;
  }

  it("is quiet about requests that the engine cancelled after the failure", () => {
    assert.equal(codeOf("rpc error: code = Canceled desc = grpc: the client connection is closing"), 1);
    assert.equal(codeOf("resource monitor shut down"), 1);
  });

  it("keeps every other error", () => assert.equal(codeOf("unable to parse the chart"), 2));

  it("passes answers on, and requests without a callback", () => {
    const monitor = {
      registerResource: (_: unknown, callback?: Callback) => callback?.(null, "answer"),
      invoke: (request: unknown) => request,
    };
    quietShutdown(monitor as never);
    let answer: unknown;
    monitor.registerResource({}, (_, response) => (answer = response));
    assert.deepEqual([answer, monitor.invoke("request")], ["answer", "request"]);
  });
});
