import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { isIpv4 } from "../../config/address/address";
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
 * @example set -- "$1" 3735928559 0 0 route '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'
 */
export function routeCommands(routes: readonly RouteRecord[], { owner, adopt, enableDormant }: RouteOptions, last?: string): RouteCommands {
  const planned = routes.map(({ destination: { network, prefix, netmask }, gateway, metric }) => ({
    destination: `${network}>${netmask}`,
    values: [network, prefix, netmask, gateway, metric],
  }));
  const identity = planned.map(({ destination }) => destination);
  const owned = last === undefined ? undefined : entriesOf(last).filter(({ kind }) => kind !== "gone");
  const gone = (owned ?? []).filter(({ destination }) => !identity.includes(destination));
  const isOwned = (route: string) => owned?.some(({ destination }) => destination === route) ?? true;
  const entry = (kind: Kind, values: readonly (string | number)[]) => [kind, ...values.map((value) => `'${value}'`)].join(" ");
  const words = [
    ...[ownerNumber(owner), Number(adopt), Number(enableDormant)],
    ...gone.map(({ values }) => entry("gone", values)),
    ...planned.map(({ destination, values }) => entry(isOwned(destination) ? "route" : "add", values)),
  ];
  return { ...scriptCommands(ROUTE_SCRIPT, words), identity };
}

/** What an update does with a route: corrects it, makes it, or removes it. */
type Kind = "route" | "add" | "gone";

/** A route in the first line of an input. Older inputs name no kinds. */
interface Entry {
  readonly kind: Kind;
  /** Network and netmask. */
  readonly destination: string;
  /** Network, prefix, netmask, gateway and metric. */
  readonly values: readonly string[];
}

function entriesOf(stdin: string): Entry[] {
  const [line = ""] = stdin.split("\n", 1);
  return [...line.matchAll(/(?: (add|gone|route))?((?: '[0-9.]+'){5})/g)].flatMap(([, kind = "route", quoted = ""]): Entry[] => {
    const values = quoted.slice(2, -1).split("' '");
    const [network = "", prefix = "", netmask = "", gateway = "", metric = ""] = values;
    const isRoute = [network, netmask, gateway].every(isIpv4) && [prefix, metric].every((text) => /^\d+$/.test(text));
    return isRoute ? [{ kind: kind as Kind, destination: `${network}>${netmask}`, values }] : [];
  });
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
export const appliedBy = (stdin: string): string[] => recordsOf(entriesOf(stdin).filter(({ kind }) => kind !== "gone"));

/** Returns the records of the routes that an update with an input removes. */
export const removedBy = (stdin: string): string[] => recordsOf(entriesOf(stdin).filter(({ kind }) => kind === "gone"));

const recordsOf = (entries: readonly Entry[]): string[] =>
  entries.map(({ destination, values: [, , , gateway, metric] }) => `${destination}>${gateway}>${metric}>LAN`);

/** Whether two inputs differ only in the routes that an update adds or removes, and in whether existing ones are adopted. */
export const hasSameResult = (one: string, other: string): boolean => resultOf(one) === resultOf(other);

const resultOf = (stdin: string): string =>
  stdin.replace(/^.*/, (line) =>
    line
      .replaceAll(/ gone(?: '[0-9.]+'){5}/g, "")
      .replaceAll(/ (?:add|route) '/g, " '")
      .replace(/^(set -- "\$1" \d+) [01]/, "$1"),
  );

/** Returns a 32-bit number for a name, because names must not reach the router's shell. */
export function ownerNumber(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE(0);
}
