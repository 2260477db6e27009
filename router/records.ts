/** What a stack has on its router besides routes. */
import type { Ipv4 } from "../config/address/address";
import type { Mac } from "../config/address/mac";
import type { NamePlan, Plan } from "../config/plan";
import type { Judgement, RouteCommands, RouteOptions } from "./driver";

/** An address that the router's DHCP server gives to one node only. */
export interface Reservation {
  readonly address: Ipv4;
  readonly mac: Mac;
}

/** A reservation in a plan. */
export interface PlannedReservation<Address = Ipv4> {
  /** The path of the address in the stack file. */
  readonly path: string;
  readonly address: Address;
  /** The hardware address; undefined if it is the one that the router sees. */
  readonly mac?: Mac | undefined;
}

/** A name that the router's DNS server resolves, or a domain that it forwards. */
export type NameRecord = NamePlan;

/** Whether two lists have the same names with the same addresses. */
export const hasSameNames = (some: readonly NameRecord[], others: readonly NameRecord[]): boolean =>
  some.length === others.length &&
  some.every(({ name, address, forwarded }) =>
    others.some((other) => other.name === name && other.address === address && other.forwarded === forwarded),
  );

/** Formats a name or forwarded domain for messages. */
export const nameText = ({ name, address, forwarded }: NameRecord): string =>
  forwarded === true ? `domain ${name} by ${address}` : `${name} is ${address}`;

/** What reservations follow from, with a gateway that may not be known yet. */
interface WithReservations<Address> {
  readonly gateway: { readonly reserve: boolean; readonly address: Address };
  readonly router: Pick<Plan["router"], "reservations">;
}

/** Returns the reservations of a plan, the gateway's first. A gateway `auto` may be a node that is listed, too. */
export function reservationsIn<Address>({ gateway, router }: WithReservations<Address>): PlannedReservation<Address | Ipv4>[] {
  const isListed = router.reservations.some(({ address }) => (address as Address | Ipv4) === gateway.address);
  return [
    ...(gateway.reserve && !isListed ? [{ path: "gateway.addresses[0]", address: gateway.address }] : []),
    ...router.reservations.map((one, index) => ({ ...one, path: `router.reservations[${index}].address` })),
  ];
}

/** Whether two reservations keep the same address for the same node. */
export const isSame = (one: Reservation, other: Reservation): boolean => one.address === other.address && one.mac === other.mac;

/** Formats a reservation for messages. */
export const reservationText = ({ address, mac }: Reservation): string => `${address} for ${mac}`;

/** Reservations with and without a known hardware address. */
export interface Resolved {
  readonly known: readonly (PlannedReservation & Reservation)[];
  readonly unknown: readonly PlannedReservation[];
}

/**
 * Completes reservations with hardware addresses: that of the stack file, or else the recorded one, or else the one that the router sees. A
 * recorded one stays until the stack file has another, because a device that takes the node's address must not get its reservation.
 *
 * @param owned the reservations of the stack according to its state
 * @param seen the hardware addresses that the router sees, by address; none if the router was not read
 */
export function resolveReservations(
  planned: readonly PlannedReservation[],
  owned: readonly Reservation[],
  seen: ReadonlyMap<string, Mac> = new Map(),
): Resolved {
  const all = planned.map((one) => ({
    ...one,
    mac: one.mac ?? owned.find(({ address }) => address === one.address)?.mac ?? seen.get(one.address),
  }));
  return {
    known: all.flatMap(({ mac, ...one }) => (mac === undefined ? [] : [{ ...one, mac }])),
    unknown: all.filter(({ mac }) => mac === undefined),
  };
}

/** The reservations and names to apply, and the reservations that the stack has already. */
export interface RecordsChange {
  readonly planned: readonly Reservation[];
  /** The names to apply. The router knows the stack's other names, and an update removes them. @default [] */
  readonly names?: readonly NameRecord[];
  /**
   * The reservations of the stack on this router according to its state. An update removes those that are not planned, and refuses planned
   * ones that are new and exist already.
   *
   * @default the planned ones
   */
  readonly owned?: readonly Reservation[];
}

/** The part of a router driver for reservations. All functions are pure. */
export interface RecordsDriver<Reading extends RecordsReading = RecordsReading> {
  /** Returns the commands and the standard input that create, update and remove reservations in the router's shell. */
  commands(change: RecordsChange, options: RouteOptions): RouteCommands;
  /** Returns the planned reservations in a standard input of {@link commands}. */
  appliedBy(stdin: string): readonly Reservation[];
  /** Returns the names in a standard input of {@link commands}. */
  namesAppliedBy(stdin: string): readonly NameRecord[];
  /** Returns the number by which the router stores an owner's names. */
  ownerNumber(owner: string): number;
  /** Returns the owner's number in a standard input. */
  ownerIn(stdin: string): number;
  /** Whether the router has a reservation again that a standard input removes, and that is not planned. It then belongs to another owner. */
  isOutdated(stdin: string, planned: readonly Reservation[], reading: Reading): boolean;
  /**
   * Returns a command that reads the router's reservations and changes nothing.
   *
   * @param planned the router pings those without a hardware address
   */
  query(planned: readonly PlannedReservation[], names?: readonly NameRecord[]): string;
  /** Parses the output of the query. @throws UnsupportedRouter if the router is of another type */
  parse(answer: string): Reading;
  /** Compares plan and state with the router's state. */
  judge(judged: JudgedRecords<Reading>): Judgement;
}

/** The state of a router that reservations depend on. */
export interface RecordsReading {
  /** The list of reservations and its switch, in a form that can be restored. */
  readonly backup: string;
  /** The hardware addresses of hosts on the LAN, by address. */
  readonly seen: ReadonlyMap<string, Mac>;
  /** The addresses for which the router has a reservation in use. */
  readonly reserved: ReadonlySet<string>;
}

/** Reservations, and what is known about them. */
export interface JudgedRecords<Reading = RecordsReading> {
  readonly plan: Plan;
  /** The reservations of this stack on this router according to its state; empty before the first `up`. */
  readonly owned: readonly Reservation[];
  /** The names of this stack on this router according to its state. @default [] */
  readonly ownedNames?: readonly NameRecord[];
  /** The number of the owner of these names, if it has changed since: the next update then removes them first. @default none */
  readonly formerOwner?: number | undefined;
  /** Whether an interrupted run was applying the planned reservations. They may then be missing, and existing ones are managed by the stack. @default false */
  readonly mayBeMissing?: boolean;
  readonly reading: Reading;
}
