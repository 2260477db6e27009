import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { RouteRecord } from "../../config/plan";
import type { RouteCommands, RouteOptions } from "../driver";

/** The search path: the firmware's SSH server may start commands with only `/usr/bin:/bin`, which lacks `nvram` and `ip`. */
export const PATH = "PATH=/bin:/usr/bin:/sbin:/usr/sbin";

/** The parts in the order in which the shell reads them. */
const parts = [
  ...["frame", "output", "each-route", "lock", "journal", "restore-nvram", "undo", "time-limit", "addresses"],
  ...["list", "route-list", "table", "has-live", "live", "policy", "router", "nvram", "commit", "actions"],
];

/**
 * The script for the router's shell, the same for every stack and action. It is sent by standard input: dropbear refuses command lines over
 * 9000 bytes, and the error of a failed command quotes its command line. The braces make the shell read the whole script before it runs a
 * part, and stop commands from reading the rest of it.
 */
export const ROUTE_SCRIPT = joinParts(parts);

/** Returns a script of some parts in the folder `script`. */
export function joinParts(names: readonly string[]): string {
  return `{\n${names.map((name) => readFileSync(join(__dirname, "script", `${name}.sh`), "utf8")).join("\n")}} </dev/null\n`;
}

/**
 * Returns the commands for some routes. Only parsed addresses and numbers reach the router's root shell, as quoted words in the first line
 * of the input. The command lines never change, so that a command line in the state works with any input.
 *
 * @example set -- "$1" 3735928559 0 0 '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'
 */
export function routeCommands(routes: readonly RouteRecord[], { owner, adopt, enableDormant }: RouteOptions): RouteCommands {
  const values = routes.flatMap(({ destination, gateway, metric }) => [
    destination.network,
    destination.prefix,
    destination.netmask,
    gateway,
    metric,
  ]);
  const words = [ownerNumber(owner), Number(adopt), Number(enableDormant), ...values.map((value) => `'${value}'`)];
  return {
    ...scriptCommands(ROUTE_SCRIPT, words),
    identity: routes.map(({ destination }) => `${destination.network}>${destination.netmask}`),
  };
}

/** Returns the commands that run a script with its arguments. @param words the arguments after the action, quoted for the shell */
export function scriptCommands(script: string, words: readonly (string | number)[]): Omit<RouteCommands, "identity"> {
  const command = (action: string) => `${PATH} sh -s -- ${action}`;
  return {
    create: command("create"),
    update: command("update"),
    remove: command("remove"),
    stdin: `set -- "$1" ${words.join(" ")}\n${script}`,
  };
}

/** Returns the routes' records in the first line of an input. The input in the state has the routes that the last run applied. */
export function appliedBy(stdin: string): string[] {
  const [line = ""] = stdin.split("\n", 1);
  const words = [...line.matchAll(/'([^']*)'/g)].map(([, word]) => word ?? "");
  return Array.from({ length: Math.floor(words.length / 5) }, (_, index) => {
    const [network, , netmask, gateway, metric] = words.slice(index * 5);
    return `${network}>${netmask}>${gateway}>${metric}>LAN`;
  });
}

/** Returns a 32-bit number for a name, because names must not reach the router's shell. */
export function ownerNumber(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE(0);
}
