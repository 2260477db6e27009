import assert from "node:assert/strict";
import * as fs from "node:fs";

import { explain } from "../../cli/explain";
import { PlanError } from "../../config/problem";
import { UserError } from "../../config/user-error";

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("the explanation of an error", () => {
  const unexpected = (kind: string) =>
    `an unexpected error (${kind}), which is a defect of this program; please report it with the stack trace that HOMELAB_DEBUG=1 adds, after you have removed your secrets from it.`;
  const cases: readonly (readonly [what: string, error: unknown, text: string])[] = [
    ["a user's mistake", new UserError("Do this."), "Do this."],
    ["a plan's", new PlanError([], "lab-dev cannot be deployed"), "lab-dev cannot be deployed:"],
    ["a defect", new TypeError("hunter2 is not a function"), unexpected("TypeError")],
    ["a text", "hunter2", unexpected("string")],
    ["nothing", undefined, unexpected("undefined")],
    ["JSON that is none", thrownBy(() => JSON.parse("hunter2")), unexpected("SyntaxError")],
    [
      "a missing file",
      thrownBy(() => fs.readFileSync("/no/such")),
      "/no/such cannot be used: it does not exist; create it, or correct the path.",
    ],
    [
      "a folder",
      thrownBy(() => fs.readFileSync("/")),
      "a file cannot be used: it is a folder; rename or remove the folder, or name a file.",
    ],
    [
      "a full disk",
      Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" }),
      "a file cannot be used: no space is left on the disk; free some space, and run the command again.",
    ],
    ["a network error", Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" }), unexpected("Error")],
    [
      "a program's failure",
      Object.assign(new Error("x"), { shortMessage: "Command failed: pulumi", stderr: "no\u001b[2J" }),
      "Command failed: pulumi\nno\\u001b[2J",
    ],
  ];
  for (const [what, error, text] of cases) {
    it(`is a sentence without a stack trace for ${what}`, () => assert.equal(explain(error), text));
  }

  it("has the stack trace on demand", () => assert.match(explain(new TypeError("x"), "1"), /\nTypeError: x\n +at /));
});
