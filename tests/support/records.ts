import type { Reservation } from "../../router/records";

/**
 * Returns the answer of a router to the query of its reservations.
 *
 * @param seen the hosts in its neighbour table
 * @param served the reservations that its DHCP server has
 */
export function recordsAnswer(
  variables: Readonly<Record<string, string>> = {},
  seen: readonly Reservation[] = [],
  served: readonly Reservation[] = [],
) {
  const all = { sw_mode: "1", dhcp_enable_x: "1", dhcp_static_x: "1", dhcp_staticlist: "", ...variables };
  const lines = [
    ...Object.entries(all).flatMap(([name, value]) => [`@${name}`, value]),
    ...["@served", ...served.map(({ address, mac }) => `dhcp-host=${mac},set:${mac},${address}`), "@replaced"],
    ...seen.flatMap(({ address, mac }) => [`@host ${address}`, `${address} lladdr ${mac.toLowerCase()} REACHABLE`]),
    "@recorded",
  ];
  return `${lines.join("\n")}\n`;
}
