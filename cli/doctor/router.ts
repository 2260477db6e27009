/** What a stack's router has to be like before the first `up`. */
import { queryInTurn, seeHostKey, type Patience } from "../../router/ssh";
import { findingOf, findMissingPin } from "../../router/findings";
import { driverOf } from "../../router/drivers";
import type { Examined, RouterDriver } from "../../router/driver";
import { found, ok, unknown, type Line } from "../check/check";
import { findOwnedRoutes } from "../../preflight/owned-routes";
import type { StateReading } from "../check/cli";
import type { PlannedStack } from "../check/stacks";

/** Less than a run of the program has. */
const patience: Patience = { login: 4, answer: 4 };

/** What the questions are asked with: the real things, but for tests. */
export interface Deps {
  readonly ask: typeof queryInTurn;
  readonly see: typeof seeHostKey;
}

const real: Deps = { ask: queryInTurn, see: (query) => seeHostKey(query, patience) };

const examined = ["firmware", "programs", "nvram", "lan"] as const;
/** In the order in which one comes to them. */
const dependent = ["router", "host key", "log-in", ...examined, "routes"] as const;
type Dependent = (typeof dependent)[number];

/** Looks at the router, by one connection with one log-in, and changes nothing. */
export async function lookAtRouter(stack: PlannedStack, deps = real): Promise<Line[]> {
  const { plan, login, problems } = stack;
  const { router } = plan;
  const driver = driverOf(router.type);
  if (driver === undefined)
    return [ok("router", `of type manual: nobody asks it, and its routes are entered by hand (make plan has their values)`)];
  if (plan.routes.length === 0) return [ok("router", "not needed: no pool has a route")];
  const missing = await findMissingPin(router, deps.see);
  const pin = missing && found(missing.accepted ? "warning" : "failed", "host key", stack, missing.finding);
  if (pin !== undefined && missing?.accepted === false)
    return [pin, ...rest(["router", "host key"], "without a pinned host key it is not asked")];
  if (problems.login.length > 0) {
    const lines = problems.login.map((finding) => found("failed", "log-in", stack, finding));
    return [...lines, ...rest(["log-in"], "without a key nobody logs in")];
  }
  try {
    const commands = [driver.query(plan.routes), ...(driver.examination === undefined ? [] : [driver.examination.command])];
    const { text } = await deps.ask({ router, login }, commands, patience);
    const way = [
      ok("router", `${router.host}:${router.port} answers`),
      pin ?? ok("host key", `as pinned, ${router.hostKey?.split(" ")[0]}`),
      ok("log-in", `as ${router.user}`),
    ];
    return [...way, ...judge(stack, driver, text, await stack.state())];
  } catch (error) {
    return whyNot(stack, error, pin);
  }
}

/** The lines that cannot be told, but for those that are told already. */
function rest(told: readonly Dependent[], why: string): Line[] {
  return dependent.filter((what) => !told.includes(what)).map((what) => unknown(what, why));
}

function whyNot(stack: PlannedStack, error: unknown, pin: Line | undefined): Line[] {
  const { router } = stack.plan;
  const finding = findingOf(router, error);
  const line = (what: Dependent) => found("failed", what, stack, finding);
  if (finding.path === "router.host") return [line("router"), ...rest(["router"], "the router does not answer")];
  const answers = ok("router", `${router.host}:${router.port} answers`);
  if (finding.path === "router.hostKey")
    return [answers, line("host key"), ...rest(["router", "host key"], "nobody logs in to a stranger")];
  // A key that cannot be used is found out before anybody is dialled.
  if (finding.path === "router.privateKeyFile") return [line("log-in"), ...rest(["log-in"], "without a key nobody logs in")];
  const key = pin ?? ok("host key", `as pinned, ${router.hostKey?.split(" ")[0]}`);
  return [answers, key, line("log-in"), ...rest(["router", "host key", "log-in"], "without a log-in it tells nothing")];
}

function judge(stack: PlannedStack, driver: RouterDriver, answer: string, state: StateReading): Line[] {
  const { plan } = stack;
  try {
    const reading = driver.parse(answer);
    const { firmware, programs, space, lan } = driver.examination?.examine(plan, reading, answer) ?? ({} as Partial<Examined>);
    const words: [what: (typeof examined)[number], said: Examined[keyof Examined] | undefined][] = [
      ["firmware", firmware],
      ["programs", programs],
      ["nvram", space],
      ["lan", lan],
    ];
    const lines = words.flatMap(([what, said]) => {
      if (said === undefined) return [];
      return typeof said === "string" ? ok(what, said) : found(said.bearable ? "warning" : "failed", what, stack, said);
    });
    return [...lines, ...judgeRoutes(stack, driver, reading, state)];
  } catch (error) {
    return [
      found("failed", "firmware", stack, findingOf(plan.router, error)),
      ...rest(["router", "host key", "log-in", "firmware"], "it is another kind of host"),
    ];
  }
}

/** What `up` would do about the routes. */
function judgeRoutes(
  stack: PlannedStack,
  driver: RouterDriver,
  reading: ReturnType<RouterDriver["parse"]>,
  { outputs, pending }: StateReading,
): Line[] {
  if (outputs === undefined) return [unknown("routes", "which ones are this stack's, only its state knows")];
  const { plan } = stack;
  const ownership = findOwnedRoutes(plan, driver, outputs, pending);
  const { state } = ownership;
  if (state !== undefined && state.host !== plan.router.host) return [ok("routes", `on ${state.host} still; up takes them from there`)];
  const { refusals, differences, warnings } = driver.judge({ ...ownership, plan, reading });
  const lines = [
    ...refusals.map((finding) => found("failed", "routes", stack, finding)),
    ...[...differences, ...warnings].map((finding) => found("warning", "routes", stack, finding)),
  ];
  if (lines.length > 0) return lines;
  const texts = plan.routes.map(({ destination, gateway }) => `${destination.text} by ${gateway}`).join(", ");
  return [
    ok("routes", `${texts}: ${state === undefined ? "nothing stands in their way" : "this stack's, and nothing stands in their way"}`),
  ];
}
