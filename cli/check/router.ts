/** Reads a router for a command. */
import { findingOf, findMissingPin } from "../../router/findings";
import { queryRouter, readHostKey } from "../../router/ssh";
import type { Finding } from "../../config/problem";
import type { RouterDriver, RouterReading } from "../../router/driver";
import { found, type Line } from "./check";
import type { PlannedStack } from "./stacks";

/** The functions that reach a router; tests replace them. */
export interface RouterDeps {
  readonly query: typeof queryRouter;
  readonly readKey: typeof readHostKey;
}

const defaults: RouterDeps = { query: queryRouter, readKey: readHostKey };

/** Reads a router's settings. @returns a line with the reason if the router cannot be read */
export function readRouter(stack: PlannedStack, driver: RouterDriver, deps = defaults): Promise<RouterReading | Line> {
  return readFrom(stack, driver.query(stack.plan.routes), (text) => driver.parse(text), deps);
}

/** Runs a command on a router and parses its output. @returns a line with the reason if the router cannot be read */
export async function readFrom<Reading>(
  stack: PlannedStack,
  command: string,
  parse: (text: string) => Reading,
  deps = defaults,
): Promise<Reading | Line> {
  const { plan, login, problems } = stack;
  const { router } = plan;
  const missing = await findMissingPin(router, deps.readKey);
  if (missing?.accepted === false) return found("failed", "router", stack, missing.finding);
  const [finding] = problems.login;
  if (finding !== undefined) return found("failed", "router", stack, finding);
  const failed = (about: Finding) => found("failed", "router", stack, about);
  try {
    return parse((await deps.query({ router, login }, command)).text);
  } catch (error) {
    return failed(findingOf(router, error));
  }
}

/** Whether the answer is a line, and not a reading. */
export const isLine = (answer: RouterReading | Line): answer is Line => "outcome" in answer;
