import { cidrOf, isIpv4 } from "../../config/address/address";
import type { Finding } from "../../config/problem";
import { overridesOf } from "./policy-routing";
import { isLive, refusal, type RouteCheck } from "./refusals";

const fix = "remove that rule, or exempt the pool in the settings that made it, such as those of a VPN client";

/**
 * Returns what keeps the LAN's packets from the routes, although the main table has them: a refusal if it concerns every host, and a warning
 * if it concerns some hosts, or packets with a mark.
 */
export function overrideFindings({ plan, reading }: RouteCheck): Record<"refusals" | "warnings", Finding[]> {
  const { policy, lanAddress, lanNetmask, lanInterface, mode } = reading;
  const networks = isIpv4(lanAddress) ? Array.from({ length: 33 }, (_, prefix) => cidrOf(lanAddress, prefix)) : [];
  const lan = networks.find(({ netmask }) => netmask === lanNetmask);
  if (policy === undefined || lan === undefined || mode !== "1") return { refusals: [], warnings: [] };
  const found = plan.routes.flatMap((route) =>
    overridesOf(route, { policy, lan, lanAddress, lanInterface, isLive: isLive(reading, route) }).map(({ total, packet, reason }) => ({
      total,
      finding: refusal(plan, route, `the router's table is overridden: it sends ${packet} another way, by ${reason}`, fix),
    })),
  );
  const of = (isTotal: boolean) => found.flatMap(({ total, finding }) => (total === isTotal ? [finding] : []));
  return { refusals: of(true), warnings: of(false) };
}
