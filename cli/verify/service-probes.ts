/** Probes each pool over HTTP with a temporary service, which is always removed again. */
import { isIP } from "node:net";

import { reasonFor } from "../../config/user-error";
import { addressOf, createProbe, removeProbe, ProbeFailed, type ServiceProbe } from "../../cluster/survey/service-probe";
import { fixFor as fixOf, NoResponse, type ApiServer } from "../../cluster/api/kubeconfig";
import type { WebPage } from "../../cluster/survey/metallb-state";
import type { Plan, PoolPlan } from "../../config/plan";
import { readPoolUse } from "../../cluster/survey/pool-use";
import { familyOf, type Backend } from "../../cluster/manifests/service-probe";
import { failed, ok, unknown, type Line } from "../check/check";
import { announcementLines } from "./announcement";
import type { From } from "./from";
import { tryServices } from "./full-pool";
import { Interrupted, pollUnless } from "./patience";
import type { Tried } from "./tried";

/** What a probe of a pool needs. */
export interface PoolProbe extends From {
  readonly server: ApiServer;
  readonly plan: Plan;
  readonly web: WebPage;
  /** Ends all waiting. The probe service is still removed. */
  readonly signal: AbortSignal;
}

/** The time limits for an address and for an answer, in milliseconds. */
const timeouts = { address: 20_000, answer: 10_000 };

/** Probes one pool. */
export async function probePool(poolProbe: PoolProbe, pool: PoolPlan): Promise<Tried> {
  const what = `service ${pool.name}`;
  const { server, plan, web, signal } = poolProbe;
  const family = familyOf(pool);
  const backend = web.addresses.find((one) => one.includes(":") === (family === 6));
  if (backend === undefined) {
    return { pool: pool.name, lines: [unknown(what, `the pool has only IPv${family} addresses, and MetalLB's controller has none`)] };
  }
  try {
    const use = await readPoolUse(server, plan.metallb.namespace, pool.name);
    const chosen = use === undefined ? undefined : choose(use.free(family), await poolProbe.neighbours());
    if (use !== undefined && chosen === undefined) return await tryServices(poolProbe, pool.name, use.services);
    const probe = (requested?: string) =>
      probeOnce(poolProbe, pool, { address: backend, port: web.port, node: web.node }, requested, chosen);
    const result = await probe(chosen?.address);
    // Another service can have got the requested address meanwhile.
    const again = result.address === undefined && chosen !== undefined && !signal.aborted ? await probe() : result;
    return again.isFull === true && use !== undefined ? await tryServices(poolProbe, pool.name, use.services) : again;
  } catch (error) {
    return { pool: pool.name, lines: [probeFailure(what, error)] };
  }
}

/** A free address, and whether the asking machine has it in its neighbour table. */
interface Chosen {
  readonly address: string;
  readonly isCached: boolean;
}

/** Chooses a free address for which the asking machine must send a new ARP request: a cached answer could be out of date. */
function choose(free: Iterable<string>, neighbours: ReadonlySet<string>): Chosen | undefined {
  let first: string | undefined;
  for (const address of free) {
    if (!neighbours.has(address)) return { address, isCached: false };
    first ??= address;
  }
  return first === undefined ? undefined : { address: first, isCached: true };
}

/** Creates a probe service, uses it and removes it. */
async function probeOnce(poolProbe: PoolProbe, pool: PoolPlan, backend: Backend, requested?: string, chosen?: Chosen): Promise<Tried> {
  const what = `service ${pool.name}`;
  const { server, plan, signal } = poolProbe;
  let probe: ServiceProbe | undefined;
  const attempt = async (): Promise<Tried> => {
    if (signal.aborted) throw new Interrupted();
    probe = await createProbe(server, plan, pool, backend, requested);
    return requestPage(poolProbe, pool, probe, requested === undefined || chosen?.isCached === true);
  };
  const outcome: Tried | { readonly error: unknown } = await attempt().catch((error: unknown) => ({ error }));
  const removal = probe && (await removeProbe(server, probe).catch((error: unknown) => ({ error })));
  const result = "error" in outcome ? { pool: pool.name, lines: [probeFailure(what, outcome.error)] } : outcome;
  // A probe service that could not be removed is always reported.
  return removal === undefined ? result : { ...result, lines: [...result.lines, probeFailure(what, removal.error)] };
}

/** @param isCached whether the address may be in the asking machine's neighbour table */
async function requestPage(poolProbe: PoolProbe, pool: PoolPlan, probe: ServiceProbe, isCached: boolean): Promise<Tried> {
  const { server, web, httpGet, from, signal } = poolProbe;
  const what = `service ${pool.name}`;
  let blocker: string | undefined;
  const given = await pollUnless(signal, timeouts.address, async () => {
    const answer = await addressOf(server, probe);
    blocker = answer.blocker;
    return answer.address !== undefined || REFUSED.test(blocker ?? "") ? answer : undefined;
  });
  const address = given?.address;
  if (address === undefined) {
    const late = given === undefined ? ` within ${timeouts.address / 1000} s` : "";
    const message = `a probe service got no address from the pool${late}${blocker === undefined ? "" : `: ${blocker}`}`;
    const isFull = blocker?.includes("no available IPs") === true;
    return { pool: pool.name, isFull, lines: [failed(what, message, "see the lines above; add addresses if the pool is used up")] };
  }
  if (isIP(address) === 0) {
    return {
      pool: pool.name,
      lines: [failed(what, `the API server gives the probe service ${JSON.stringify(address)}, which is no address`, "check the cluster")],
    };
  }
  const url = `${web.scheme}://${address.includes(":") ? `[${address}]` : address}:80${web.path}`;
  let last = "";
  const reply = await pollUnless(signal, timeouts.answer, async () => {
    const answer = await httpGet(url, signal).catch((error: Error) => error);
    last = answer instanceof Error ? answer.message : `status ${answer.status}`;
    return answer instanceof Error || (answer.status ?? 0) < 200 || (answer.status ?? 0) >= 400 ? undefined : answer;
  });
  const announcement = await announcementLines(poolProbe, pool, probe, { address, isCached, isAnswered: reply !== undefined });
  if (reply === undefined) {
    const message = `${address} does not answer ${from} within ${timeouts.answer / 1000} s (${last})`;
    return { pool: pool.name, address, lines: [...announcement, failed(what, message, fixFor(pool))] };
  }
  if (announcement.length > 0) return { pool: pool.name, address, reply, lines: announcement };
  return {
    pool: pool.name,
    address,
    reply,
    lines: [ok(what, `${address} answers ${from} with ${reply.status} in ${reply.milliseconds} ms`)],
  };
}

/** MetalLB's refusals of an address that waiting does not change. */
const REFUSED = /no available IPs|is not allowed in config|also in use by|not compatible/;

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
