import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Route } from "../network/plan";

/** What the script does with a stack's routes. */
export type RouteAction = "apply" | "remove";

/** The firmware's SSH server may start commands with as little as `/usr/bin:/bin`, which lacks `nvram` and `ip`. */
const PATH = "/bin:/usr/bin:/sbin:/usr/sbin";

/**
 * The script for the router's shell, the same for every stack and both actions. It goes in by standard input: dropbear refuses command lines over
 * 9000 bytes, and a failing command's error quotes its command line, which is better short.
 */
export const ROUTE_SCRIPT = readFileSync(join(__dirname, "static-routes.sh"), "utf8");

/**
 * The command line that runs {@link ROUTE_SCRIPT} for some routes. Only parsed addresses and numbers reach the router's root shell.
 *
 * @example PATH=/bin:/usr/bin:/sbin:/usr/sbin sh -s -- apply '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'
 */
export function routeCommand(action: RouteAction, routes: readonly Route[]): string {
  const values = routes.flatMap(({ destination, gateway, metric }) => [
    destination.network,
    destination.prefix,
    destination.netmask,
    gateway,
    metric,
  ]);
  return `PATH=${PATH} sh -s -- ${[action, ...values.map((value) => `'${value}'`)].join(" ")}`;
}
