import type { Ipv4 } from "../../../config/address/address";
import type { Mac } from "../../../config/address/mac";
import type { RouteCommands, RouteOptions } from "../../driver";
import { isSame, type NameRecord, type RecordsChange, type Reservation } from "../../records";
import { joinParts, ownerNumber, scriptCommands } from "../script";

/** The script for the router's shell, the same for every stack and action. It shares the lock and its helpers with the script for routes. */
export const RECORDS_SCRIPT = joinParts([
  ...["records/frame", "output", "lock", "journal", "restore-nvram", "undo", "time-limit", "addresses", "has-live", "list"],
  ...[
    "commit",
    "records/journal",
    "records/block",
    "records/files",
    "records/names",
    "records/reservations",
    "records/settings",
    "records/actions",
  ],
]);

/**
 * Returns the commands for some reservations and names. Only parsed hardware addresses, names and addresses reach the router's root shell, as quoted words in
 * the first line of the input.
 *
 * @example set -- "$1" 3735928559 0 0 reserve 'D8:3A:DD:00:00:11' '192.168.50.11'
 */
export function recordCommands(
  { planned, owned = planned, names = [] }: RecordsChange,
  { owner, adopt, enableDormant }: RouteOptions,
): RouteCommands {
  const isOwned = (one: Reservation) => owned.some((other) => isSame(one, other));
  const gone = owned.filter((one) => !planned.some((other) => isSame(one, other)));
  const word = (kind: string, { mac, address }: Reservation) => `${kind} '${mac}' '${address}'`;
  const words = [
    ...[ownerNumber(owner), Number(adopt), Number(enableDormant)],
    ...gone.map((one) => word("gone", one)),
    ...planned.map((one) => word(isOwned(one) ? "reserve" : "add", one)),
    ...names.map(({ name, address, forwarded }) => `${forwarded === true ? "domain" : "name"} '${name}' '${address}'`),
  ];
  return { ...scriptCommands(RECORDS_SCRIPT, words), identity: planned.map(({ mac, address }) => `${mac}>${address}`) };
}

/** Returns the planned reservations in the first line of an input. */
export const reservationsAppliedBy = (stdin: string): Reservation[] => reservationsIn(stdin, ["reserve", "add"]);

/** Returns the number of the owner in an input, which is in the marks of its names' lines. */
export const ownerIn = (stdin: string): number => Number(/^set -- "\$1" (\d+) /.exec(stdin)?.[1]);

/** Returns the reservations that an update with an input removes. */
export const reservationsRemovedBy = (stdin: string): Reservation[] => reservationsIn(stdin, ["gone"]);

function reservationsIn(stdin: string, kinds: readonly string[]): Reservation[] {
  const [line = ""] = stdin.split("\n", 1);
  return [...line.matchAll(/ (reserve|add|gone) '([0-9A-F:]+)' '([0-9.]+)'/g)]
    .filter(([, kind = ""]) => kinds.includes(kind))
    .map(([, , mac, address]) => ({ mac: mac as Mac, address: address as Ipv4 }));
}

/** Returns the names in the first line of an input. */
export function namesAppliedBy(stdin: string): NameRecord[] {
  const [line = ""] = stdin.split("\n", 1);
  return [...line.matchAll(/ (name|domain) '([a-z0-9.-]+)' '([0-9.]+)'/g)].map(([, kind, name = "", address]) => ({
    name,
    address: address as Ipv4,
    ...(kind === "domain" ? { forwarded: true as const } : {}),
  }));
}

/** Returns the lines of a name in hosts.add, or of a forwarded domain in dnsmasq.conf.add. */
export const nameLines = ({ name, address, forwarded }: NameRecord): string[] =>
  forwarded === true ? [`server=/${name}/${address}`, `rebind-domain-ok=/${name}/`] : [`${address} ${name}`];

/** Returns the lines for names of one file, as the script writes them. @param owner the owner's number */
export function namesBlock(owner: number, names: readonly NameRecord[]): string[] {
  const mark = `# homelab-network ${owner}`;
  return names.length === 0 ? [] : [`${mark} begin`, ...names.flatMap(nameLines), `${mark} end`];
}
