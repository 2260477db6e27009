/** Probes each pool over HTTP with a temporary service, which is always removed again. */
import { reasonFor } from "../../config/user-error";
import { addressOf, createProbe, removeProbe, ProbeFailed, type ServiceProbe } from "../../cluster/survey/service-probe";
import { fixFor as fixOf, NoAnswer, type ApiServer } from "../../cluster/api/kubeconfig";
import type { WebPage } from "../../cluster/survey/metallb-state";
import type { Plan, PoolPlan } from "../../config/plan";
import { familyOf } from "../../cluster/manifests/service-probe";
import { poll } from "../../config/poll";
import { failed, ok, unknown, type Line } from "../check/check";
import type { Ask, Reply } from "./ask";

/** What a probe of a pool needs. */
export interface Tryout {
  readonly server: ApiServer;
  readonly plan: Plan;
  readonly web: WebPage;
  readonly ask: Ask;
  /** Where the requests come from, in words. */
  readonly from: string;
  /** Ends all waiting. The probe service is still removed. */
  readonly signal: AbortSignal;
}

/** The result of a pool's probe. */
export interface Tried {
  readonly pool: string;
  readonly lines: readonly Line[];
  /** The address of the probe service. */
  readonly address?: string;
  readonly reply?: Reply;
}

/** The time limits for an address and for an answer, and the polling interval, in milliseconds. */
const patience = { address: 20_000, answer: 10_000, interval: 250 };

/** Probes one pool. */
export async function tryPool(tryout: Tryout, pool: PoolPlan): Promise<Tried> {
  const what = `service ${pool.name}`;
  const address = tryout.web.addresses.find((one) => one.includes(":") === (familyOf(pool) === 6));
  if (address === undefined) {
    return {
      pool: pool.name,
      lines: [unknown(what, `the pool has only IPv${familyOf(pool)} addresses, and MetalLB's controller has none`)],
    };
  }
  const { server, plan, web, signal } = tryout;
  let probe: ServiceProbe | undefined;
  const attempt = async (): Promise<Tried> => {
    if (signal.aborted) throw new Interrupted();
    probe = await createProbe(server, plan, pool, { address, port: web.port, node: web.node });
    return use(tryout, pool, probe);
  };
  const outcome: Tried | { readonly error: unknown } = await attempt().catch((error: unknown) => ({ error }));
  const left = probe && (await removeProbe(server, probe).catch((error: unknown) => ({ error })));
  const tried = "error" in outcome ? { pool: pool.name, lines: [why(what, outcome.error)] } : outcome;
  // A probe service that could not be removed is always reported.
  return left === undefined ? tried : { ...tried, lines: [...tried.lines, why(what, left.error)] };
}

async function use({ server, web, ask, from, signal }: Tryout, pool: PoolPlan, probe: ServiceProbe): Promise<Tried> {
  const what = `service ${pool.name}`;
  let blocker: string | undefined;
  const address = await pollUnless(signal, patience.address, async () => {
    const answer = await addressOf(server, probe);
    blocker = answer.blocker;
    return answer.address;
  });
  if (address === undefined) {
    const said = `a probe service got no address from the pool within ${patience.address / 1000} s${blocker === undefined ? "" : `: ${blocker}`}`;
    return { pool: pool.name, lines: [failed(what, said, "see the lines above; add addresses if the pool is used up")] };
  }
  const url = `${web.scheme}://${address.includes(":") ? `[${address}]` : address}:80${web.path}`;
  let last = "";
  const reply = await pollUnless(signal, patience.answer, async () => {
    const answer = await ask(url, signal).catch((error: Error) => error);
    last = answer instanceof Error ? answer.message : `status ${answer.status}`;
    return answer instanceof Error || answer.status < 200 || answer.status >= 400 ? undefined : answer;
  });
  if (reply === undefined) {
    const said = `${address} does not answer ${from} within ${patience.answer / 1000} s (${last})`;
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

function why(what: string, error: unknown): Line {
  if (error instanceof Interrupted) return unknown(what, "interrupted before it answered");
  if (error instanceof ProbeFailed) return failed(what, error.message, error.fix);
  if (error instanceof NoAnswer) return failed(what, reasonFor(error), fixOf(error));
  throw error;
}

/** The command is to end. */
class Interrupted extends Error {}

/** @throws Interrupted if the command is to end */
function pollUnless<T>(signal: AbortSignal, limit: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const unlessAborted = async () => {
    if (signal.aborted) throw new Interrupted();
    return look();
  };
  return poll(unlessAborted, { limit, interval: patience.interval });
}
