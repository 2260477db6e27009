import assert from "node:assert/strict";
import { inspect } from "node:util";

import { RouterUnreachable, RouterRejects } from "../../router/ssh-errors";

/** Returns why a query of a router failed: `RouterUnreachable: message`, or key, rule and fix. Asserts that the error contains no secret. */
export async function rejectionOf(
  asked: Promise<unknown>,
  secrets: readonly string[] = [],
): Promise<string | { key: string; rule: string; fix: string }> {
  const error: unknown = await asked.then(
    (answer) => assert.fail(`no error, but ${inspect(answer)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RouterUnreachable || error instanceof RouterRejects, inspect(error));
  const all = inspect(error, { depth: null, showHidden: true });
  for (const secret of secrets.flatMap((text) => text.split("\n")).filter((line) => line !== "" && !line.startsWith("-----"))) {
    assert.ok(!all.includes(secret), `the error has a secret in it: ${secret}`);
  }
  if (error instanceof RouterUnreachable) return `RouterUnreachable: ${error.message}`;
  assert.equal(error.message, error.rule);
  return { key: error.key, rule: error.rule, fix: error.fix };
}

export const loginRefused = (at: string) => ({
  key: "user",
  rule: `${at} refuses the login of this user with this key or password`,
  fix: "correct it before the next try: routers lock out users after a few failures; this run stopped after one attempt",
});
