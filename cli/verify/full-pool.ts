/** Checks a pool without a free address by the services that have its addresses. */
import type { PoolService } from "../../cluster/survey/pool-use";
import { failed, ok, warning } from "../check/check";
import type { From } from "./from";
import type { Tried } from "./tried";

/** The largest number of services of a pool that are tried. */
const TRIED = 5;

/** Connects to the services of a pool, one after the other, until one accepts the connection. */
export async function tryServices(
  { from, reach, signal }: From & { readonly signal: AbortSignal },
  pool: string,
  services: readonly PoolService[],
): Promise<Tried> {
  const what = `service ${pool}`;
  const full = "the pool has no free address for a probe";
  if (services.length === 0) return { pool, lines: [failed(what, `${full}, and no service has one`, "see the pool's addresses")] };
  const targets = services.flatMap(({ name, addresses, ports }) =>
    addresses.flatMap((address) => ports.map((port) => ({ name, address, port }))),
  );
  if (targets.length === 0) {
    const names = services.map(({ name }) => name).join(", ");
    return { pool, lines: [warning(what, `${full}, and its services (${names}) have no TCP port, so it was not probed`)] };
  }
  const reasons: string[] = [];
  for (const { name, address, port } of targets.slice(0, TRIED)) {
    const started = performance.now();
    try {
      await reach(address, port, signal);
      const milliseconds = Math.round(performance.now() - started);
      const line = ok(what, `${full}; ${name}, which has ${address}, answers ${from} on port ${port} in ${milliseconds} ms`);
      return { pool, address, reply: { milliseconds }, lines: [line] };
    } catch (error) {
      reasons.push(`${name} at ${address}, port ${port} (${(error as Error).message})`);
    }
  }
  const fix = "check whether these services have ready endpoints: kubectl get endpointslices --all-namespaces; then see the lines above";
  return { pool, lines: [failed(what, `${full}, and no service of it answers ${from}: ${reasons.join("; ")}`, fix)] };
}
