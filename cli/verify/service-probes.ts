/** Probes each pool over HTTP with a temporary service, which is always removed again. */
import { reasonFor } from "../../config/user-error";
import { addressOf, createProbe, removeProbe, ProbeFailed, type ServiceProbe } from "../../cluster/survey/service-probe";
import { fixFor as fixOf, NoResponse, type ApiServer } from "../../cluster/api/kubeconfig";
import type { WebPage } from "../../cluster/survey/metallb-state";
import type { Plan, PoolPlan } from "../../config/plan";
import { familyOf } from "../../cluster/manifests/service-probe";
import { poll } from "../../config/poll";
import { failed, ok, unknown, type Line } from "../check/check";
import type { HttpGet, Reply } from "./http-get";

/** What a probe of a pool needs. */
export interface PoolProbe {
  readonly server: ApiServer;
  readonly plan: Plan;
  readonly web: WebPage;
  readonly httpGet: HttpGet;
  /** Where the requests come from, in words. */
  readonly from: string;
  /** Ends all waiting. The probe service is still removed. */
  readonly signal: AbortSignal;
}

/** The result of a pool's probe. */
export interface PoolResult {
  readonly pool: string;
  readonly lines: readonly Line[];
  /** The address of the probe service. */
  readonly address?: string;
  readonly reply?: Reply;
}

/** The time limits for an address and for an answer, and the polling interval, in milliseconds. */
const timeouts = { address: 20_000, answer: 10_000, interval: 250 };

/** Probes one pool. */
export async function probePool(poolProbe: PoolProbe, pool: PoolPlan): Promise<PoolResult> {
  const what = `service ${pool.name}`;
  const address = poolProbe.web.addresses.find((one) => one.includes(":") === (familyOf(pool) === 6));
  if (address === undefined) {
    return {
      pool: pool.name,
      lines: [unknown(what, `the pool has only IPv${familyOf(pool)} addresses, and MetalLB's controller has none`)],
    };
  }
  const { server, plan, web, signal } = poolProbe;
  let probe: ServiceProbe | undefined;
  const attempt = async (): Promise<PoolResult> => {
    if (signal.aborted) throw new Interrupted();
    probe = await createProbe(server, plan, pool, { address, port: web.port, node: web.node });
    return requestPage(poolProbe, pool, probe);
  };
  const outcome: PoolResult | { readonly error: unknown } = await attempt().catch((error: unknown) => ({ error }));
  const removal = probe && (await removeProbe(server, probe).catch((error: unknown) => ({ error })));
  const result = "error" in outcome ? { pool: pool.name, lines: [probeFailure(what, outcome.error)] } : outcome;
  // A probe service that could not be removed is always reported.
  return removal === undefined ? result : { ...result, lines: [...result.lines, probeFailure(what, removal.error)] };
}

async function requestPage({ server, web, httpGet, from, signal }: PoolProbe, pool: PoolPlan, probe: ServiceProbe): Promise<PoolResult> {
  const what = `service ${pool.name}`;
  let blocker: string | undefined;
  const address = await pollUnless(signal, timeouts.address, async () => {
    const answer = await addressOf(server, probe);
    blocker = answer.blocker;
    return answer.address;
  });
  if (address === undefined) {
    const said = `a probe service got no address from the pool within ${timeouts.address / 1000} s${blocker === undefined ? "" : `: ${blocker}`}`;
    return { pool: pool.name, lines: [failed(what, said, "see the lines above; add addresses if the pool is used up")] };
  }
  const url = `${web.scheme}://${address.includes(":") ? `[${address}]` : address}:80${web.path}`;
  let last = "";
  const reply = await pollUnless(signal, timeouts.answer, async () => {
    const answer = await httpGet(url, signal).catch((error: Error) => error);
    last = answer instanceof Error ? answer.message : `status ${answer.status}`;
    return answer instanceof Error || answer.status < 200 || answer.status >= 400 ? undefined : answer;
  });
  if (reply === undefined) {
    const said = `${address} does not answer ${from} within ${timeouts.answer / 1000} s (${last})`;
    return { pool: pool.name, address, lines: [failed(what, said, fixFor(pool))] };
  }
  return {
    pool: pool.name,
    address,
    reply,
    lines: [ok(what, `${address} answers ${from} with ${reply.status} in ${reply.milliseconds} ms`)],
  };
}

const fixFor = ({ route }: PoolPlan) =>
  route
    ? "if all lines above are ok, check the path from there to the router, and the firewalls of router and node"
    : "if all lines above are ok, check whether the request came from the nodes' own network, and the firewalls of the nodes";

function probeFailure(what: string, error: unknown): Line {
  if (error instanceof Interrupted) return unknown(what, "interrupted before it answered");
  if (error instanceof ProbeFailed) return failed(what, error.message, error.fix);
  if (error instanceof NoResponse) return failed(what, reasonFor(error), fixOf(error));
  throw error;
}

/** The command is to end. */
class Interrupted extends Error {}

/** @throws Interrupted if the command is to end */
function pollUnless<T>(signal: AbortSignal, limit: number, check: () => Promise<T | undefined>): Promise<T | undefined> {
  const checkUnlessAborted = async () => {
    if (signal.aborted) throw new Interrupted();
    return check();
  };
  return poll(checkUnlessAborted, { limit, interval: timeouts.interval });
}
