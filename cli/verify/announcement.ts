/** Checks whether a node announces a probe service, by MetalLB's own account. */
import { readAnnouncement, type Announcement } from "../../cluster/survey/pool-use";
import type { ServiceProbe } from "../../cluster/survey/service-probe";
import type { ApiServer } from "../../cluster/api/kubeconfig";
import type { Plan, PoolPlan } from "../../config/plan";
import { failed, type Line } from "../check/check";
import { pollUnless } from "./patience";

/** How long MetalLB may take to report an announcement, in milliseconds. */
const LIMIT = 20_000;

interface Watching {
  readonly server: ApiServer;
  readonly plan: Plan;
  readonly signal: AbortSignal;
}

/** A probe service that has an address. */
export interface Probed {
  readonly address: string;
  readonly isCached: boolean;
  readonly isAnswered: boolean;
}

/**
 * Reports an address that no node announces. An answer proves the announcement only if the client asked for the address by ARP: not by a
 * route to a node, and not if the address was in its neighbour table. MetalLB's event names an interface that a node lacks.
 */
export async function announcementLines(
  { server, plan, signal }: Watching,
  pool: PoolPlan,
  probe: ServiceProbe,
  probed: Probed,
): Promise<Line[]> {
  const { address, isCached, isAnswered } = probed;
  const limited = plan.advertisements.filter(({ pools, interfaces }) => pools.includes(pool.name) && interfaces.length > 0);
  const isProven = isAnswered && limited.length === 0 && (pool.route || !isCached);
  if (isProven) return [];
  let last: Announcement = { kind: "unknown" };
  const decided = await pollUnless(signal, isAnswered ? LIMIT : 0, async () => {
    last = await readAnnouncement(server, probe);
    return last.kind === "silent" ? undefined : last;
  });
  const found = decided ?? last;
  if (found.kind === "failed") {
    const names = limited.map(({ name, interfaces }) => `${name} (${interfaces.join(", ")})`).join(", ");
    const of = names === "" ? "an advertisement of the pool" : `advertisement ${names}`;
    const fix = "correct advertisements[].interfaces; ip link on the node lists its interfaces";
    return [failed(`service ${pool.name}`, `${of} names interfaces that the announcing node does not have: ${found.message}`, fix)];
  }
  if (found.kind !== "silent") return [];
  const though = isAnswered ? ", although it answers by a cached neighbour or a route" : "";
  return [failed(`service ${pool.name}`, `no node announces ${address}${though}`, "see the lines above about speakers and advertisements")];
}
