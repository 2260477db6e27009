import fc from "fast-check";

import { parseCidr, parseIpv4 } from "../../config/address/address";
import type { Route } from "../../config/plan";

/** Returns a route from valid texts. */
export function route(destination: string, gateway: string, metric = 0): Route {
  const network = parseCidr(destination);
  const address = parseIpv4(gateway);
  if (!network.ok || !address.ok) throw new Error(`no route: ${destination} via ${gateway}`);
  return { pool: "lab-dev", destination: network.value, gateway: address.value, metric };
}

/** Any route that a plan may have. */
export const routes: fc.Arbitrary<Route> = fc
  .tuple(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 999 }))
  .map(([address, gateway, metric]) => route(`${address}/32`, gateway, metric));
