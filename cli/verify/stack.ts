/** Verifies one stack, from the router to its services. */
import { reasonFor } from "../../config/user-error";
import { removeStaleProbes, ProbeFailed } from "../../cluster/survey/service-probe";
import { fixFor, NoResponse } from "../../cluster/api/kubeconfig";
import type { NodeState, ServiceState } from "../../cluster/diagnosis/cluster-state";
import { reservationsIn } from "../../router/records";
import type { Mark, StackMarks } from "../../report/picture/marks";
import { worst } from "../../report/picture/marks";
import { failed, unknown, warning, type Line } from "../check/check";
import { checkCluster } from "../check/cluster";
import { checkRecords } from "../check/records";
import type { RouterDeps } from "../check/router";
import type { PlannedStack } from "../check/stacks";
import type { From } from "./from";
import { checkRoutes } from "./routes";
import { checkNames, nameSubject } from "./names";
import { probePool } from "./service-probes";
import type { Tried } from "./tried";

/** The result for one stack. */
export interface Verified {
  readonly stack: PlannedStack;
  readonly lines: readonly Line[];
  readonly results: readonly Tried[];
  readonly nodes: readonly NodeState[];
}

/** Where the requests come from, and what ends them. */
export interface ProbeOptions extends From {
  readonly signal: AbortSignal;
  readonly router?: RouterDeps;
}

/** Checks cluster and router at the same time, and then probes each pool. */
export async function verifyStack(stack: PlannedStack, probeOptions: ProbeOptions): Promise<Verified> {
  const [cluster, router, records, names] = await Promise.all([
    checkCluster(stack),
    checkRoutes(stack, probeOptions.router),
    reservationsIn(stack.plan).length + stack.plan.names.length === 0
      ? []
      : stack.state().then((state) => checkRecords(stack, state, false, probeOptions.router)),
    checkNames(stack),
  ]);
  const { nodes, server, web } = cluster;
  const { pools } = stack.plan;
  const finish = (results: readonly Tried[], ...more: readonly Line[]): Verified => ({
    stack,
    lines: [...cluster.lines, ...router, ...records, ...names, ...more, ...results.flatMap(({ lines }) => lines)],
    results,
    nodes,
  });
  const notProbed = (why: string) => finish(pools.map(({ name }) => ({ pool: name, lines: [unknown(`service ${name}`, why)] })));
  if (server === undefined) return notProbed(cluster.blocker ?? "skipped: the cluster cannot be read");
  if (web === undefined) return notProbed("skipped: MetalLB's controller, which answers the probe, is not ready or has no HTTP probe");
  const staleProbes = await removeStaleProbes(server).then(
    (names) => (names.length === 0 ? [] : [warning("left", `removed ${names.join(", ")}, left by an interrupted run`)]),
    (error: unknown) => {
      if (error instanceof ProbeFailed) return [failed("left", error.message, error.fix)];
      if (error instanceof NoResponse) return [failed("left", reasonFor(error), fixFor(error))];
      throw error;
    },
  );
  const poolProbe = { ...probeOptions, server, plan: stack.plan, web };
  return finish(await Promise.all(pools.map((pool) => probePool(poolProbe, pool))), ...staleProbes);
}

const MARKS = { ok: "ok", warning: "ok", differs: "failed", failed: "failed", unknown: "unknown" } as const;

/** Returns the mark of each part of a stack's picture from the lines about it. */
export function marksOf({ stack, lines }: Verified): StackMarks {
  const { pools, routes, names } = stack.plan;
  const about = (...names: readonly string[]): Mark | undefined =>
    worst(lines.filter(({ what }) => names.includes(what)).map(({ outcome }) => MARKS[outcome]));
  const each = (entries: readonly (readonly [key: string, mark: Mark | undefined])[]) =>
    new Map(entries.flatMap(([key, mark]) => (mark === undefined ? [] : [[key, mark] as const])));
  const [router, node] = [about("router", "reservations", ...names.map(nameSubject)), about("gateway", "cluster")];
  return {
    ...(router === undefined ? {} : { router }),
    ...(node === undefined ? {} : { node }),
    routes: each(routes.map(({ destination: { text } }) => [text, about(`route ${text}`)])),
    pools: each(pools.map(({ name }) => [name, about(`pool ${name}`, `service ${name}`)])),
  };
}

/** Returns the services that got an address, for the picture. */
export function servicesOf({ results }: Verified): ServiceState[] {
  return results.flatMap(({ pool, address, reply }) => {
    if (address === undefined) return [];
    const name =
      reply === undefined
        ? "no answer over HTTP"
        : `${reply.status === undefined ? "TCP" : `HTTP ${reply.status}`} in ${reply.milliseconds} ms`;
    return [{ name, addresses: [address], pool }];
  });
}
