/** Checks a stack's router before the first `up`. */
import { queryInSequence, readHostKey, type Timeouts } from "../../router/ssh";
import { findingOf, findMissingPin } from "../../router/findings";
import { driverOf } from "../../router/drivers";
import type { Examined, RouterDriver } from "../../router/driver";
import { reservationsIn } from "../../router/records";
import { found, ok, unknown, type Line } from "../check/check";
import { findOwnedRoutes } from "../../preflight/owned-routes";
import type { StateReading } from "../check/cli";
import type { PlannedStack } from "../check/stacks";
import { checkGateway, judgeRecords, recordsCommands } from "./records";

/** Shorter than the limits of `up`, in seconds. The router needs 5 s to find that a next hop is gone. */
const timeouts: Timeouts = { login: 4, answer: 8 };

/** The functions that reach the router; tests replace them. */
export interface Deps {
  readonly query: typeof queryInSequence;
  readonly readKey: typeof readHostKey;
}

const defaults: Deps = { query: queryInSequence, readKey: (query) => readHostKey(query, timeouts) };

const examined = ["firmware", "programs", "nvram", "lan"] as const;
/** In the order of the checks. */
const dependent = ["router", "host key", "login", ...examined, "routes"] as const;
type Dependent = (typeof dependent)[number];

/** Checks the router over one connection with one login; changes nothing. */
export async function checkRouter(stack: PlannedStack, deps = defaults): Promise<Line[]> {
  const { plan, login, problems } = stack;
  const { router } = plan;
  const driver = driverOf(router.type);
  if (driver === undefined) return [ok("router", `type manual: not checked; you enter its routes by hand ("make plan" prints them)`)];
  const planned = reservationsIn(plan).length + plan.names.length;
  if (plan.routes.length + planned === 0) return [ok("router", "not needed: no pool has a route")];
  const missing = await findMissingPin(router, deps.readKey);
  const pin = missing && found(missing.accepted ? "warning" : "failed", "host key", stack, missing.finding);
  if (pin !== undefined && missing?.accepted === false) return [pin, ...skipped(["router", "host key"], "skipped: no pinned host key")];
  if (problems.login.length > 0) {
    const lines = problems.login.map((finding) => found("failed", "login", stack, finding));
    return [...lines, ...skipped(["login"], "skipped: no usable key or password")];
  }
  try {
    const commands = [
      driver.query(plan.routes),
      ...(driver.examination === undefined ? [] : [driver.examination.command]),
      ...(planned === 0 ? [] : recordsCommands(stack, await stack.state())),
    ];
    const { text } = await deps.query({ router, login }, commands, timeouts);
    const way = [
      ok("router", `${router.host}:${router.port} answers`),
      pin ?? ok("host key", `as pinned, ${router.hostKey?.split(" ")[0]}`),
      stack.openKey === undefined ? ok("login", `as ${router.user}`) : found("warning", "login", stack, stack.openKey),
    ];
    const state = await stack.state();
    const lines = [...way, ...judge(stack, driver, text, state)];
    return [...lines, ...judgeRecords(stack, text, state), ...(await checkGateway(stack, driver, text, deps.query))];
  } catch (error) {
    return explainFailure(stack, error, pin);
  }
}

/** Returns lines of unknown outcome for the checks that have no line yet. */
function skipped(reported: readonly Dependent[], why: string): Line[] {
  return dependent.filter((what) => !reported.includes(what)).map((what) => unknown(what, why));
}

function explainFailure(stack: PlannedStack, error: unknown, pin: Line | undefined): Line[] {
  const { router } = stack.plan;
  const finding = findingOf(router, error);
  const line = (what: Dependent) => found("failed", what, stack, finding);
  if (finding.path === "router.host") return [line("router"), ...skipped(["router"], "the router does not answer")];
  const answers = ok("router", `${router.host}:${router.port} answers`);
  if (finding.path === "router.hostKey")
    return [answers, line("host key"), ...skipped(["router", "host key"], "skipped: the host key does not match")];
  // An unusable key is found before a connection is opened.
  if (finding.path === "router.privateKeyFile") return [line("login"), ...skipped(["login"], "skipped: no usable key or password")];
  const key = pin ?? ok("host key", `as pinned, ${router.hostKey?.split(" ")[0]}`);
  return [answers, key, line("login"), ...skipped(["router", "host key", "login"], "skipped: the login failed")];
}

function judge(stack: PlannedStack, driver: RouterDriver, answer: string, state: StateReading): Line[] {
  const { plan } = stack;
  try {
    const reading = driver.parse(answer);
    const { owned } = findOwnedRoutes(plan, driver, state.outputs ?? new Map(), state.pending);
    const { firmware, programs, space, lan } = driver.examination?.examine(plan, reading, answer, owned) ?? ({} as Partial<Examined>);
    const results: [what: (typeof examined)[number], result: Examined[keyof Examined] | undefined][] = [
      ["firmware", firmware],
      ["programs", programs],
      ["nvram", space],
      ["lan", lan],
    ];
    const lines = results.flatMap(([what, result]) => {
      if (result === undefined) return [];
      return typeof result === "string" ? ok(what, result) : found(result.isWarning ? "warning" : "failed", what, stack, result);
    });
    return [...lines, ...(plan.routes.length === 0 ? [] : judgeRoutes(stack, driver, reading, state))];
  } catch (error) {
    return [
      found("failed", "firmware", stack, findingOf(plan.router, error)),
      ...skipped(["router", "host key", "login", "firmware"], "skipped: this is not a router of that type"),
    ];
  }
}

/** Checks what `up` would do about the routes. */
function judgeRoutes(
  stack: PlannedStack,
  driver: RouterDriver,
  reading: ReturnType<RouterDriver["parse"]>,
  { outputs, pending }: StateReading,
): Line[] {
  if (outputs === undefined) return [unknown("routes", "skipped: the stack's state cannot be read")];
  const { plan } = stack;
  const ownership = findOwnedRoutes(plan, driver, outputs, pending);
  const { state } = ownership;
  if (state !== undefined && state.host !== plan.router.host) return [ok("routes", `still on ${state.host}; up removes them there`)];
  const { refusals, differences, warnings } = driver.judge({ ...ownership, plan, reading });
  const lines = [
    ...refusals.map((finding) => found("failed", "routes", stack, finding)),
    ...[...differences, ...warnings].map((finding) => found("warning", "routes", stack, finding)),
  ];
  if (lines.length > 0) return lines;
  const texts = plan.routes.map(({ destination, gateway }) => `${destination.text} via ${gateway}`).join(", ");
  return [ok("routes", `${texts}: ${state === undefined ? "no conflict" : "managed by this stack, no conflict"}`)];
}
