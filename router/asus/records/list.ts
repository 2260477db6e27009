import { isIpv4 } from "../../../config/address/address";
import { parseMac } from "../../../config/address/mac";
import type { Reservation } from "../../records";
import { parseList, renderList, type RuleList } from "../rule-list";

/** The limit of the list of reservations in bytes. Stock firmware drops a value of more than 2500 bytes, its name included. */
export const MAX_BYTES = 2400;

/** The limit of the list in records, as on the page of stock firmware. */
export const MAX_RECORDS = 64;

/**
 * A record of nvram's `dhcp_staticlist`: hardware address, address, DNS server and host name, separated by `>`. The format is from
 * asuswrt-merlin.ng, `write_static_leases` in `release/src/router/rc/services.c`. Older firmware has fewer fields.
 */
export interface ReservationRecord {
  /** The hardware address in capitals. */
  readonly mac: string;
  readonly address: string;
  /** The other fields with their leading `>`; empty if there are none. */
  readonly rest: string;
}

/** Parses a record; returns undefined if the firmware would skip it. */
export function parseReservation(record: string): ReservationRecord | undefined {
  const [, text, address = "", rest = ""] = /^([^>]*)>([^>]*)([^]*)$/.exec(record) ?? [];
  if (text === undefined) return undefined;
  return { mac: text.length === 17 ? text.toUpperCase() : text, address, rest };
}

/** Whether a record keeps a reservation's address for its node, with any DNS server and host name. */
export function isRecordOf(record: string, { mac, address }: Reservation): boolean {
  const parsed = parseReservation(record);
  return parsed?.mac === mac && parsed.address === address;
}

/** Whether a record is about the node or the address of a reservation, and not the reservation's own. */
export function conflictsWith(record: string, { mac, address }: Reservation): boolean {
  const parsed = parseReservation(record);
  return parsed !== undefined && (parsed.mac === mac) !== (parsed.address === address);
}

/**
 * Puts a reservation into the list: in its old place, in place of a changed record, or at the end. Removes a second copy of it.
 *
 * @param edited a former record of the reservation that was changed on the router
 */
export function placeReservation({ preamble, records }: RuleList, reservation: Reservation, edited?: string): RuleList {
  const first = records.findIndex((record) => isRecordOf(record, reservation));
  const own = (rest: string) => `${reservation.mac}>${reservation.address}${rest === "" ? ">>" : rest}`;
  if (first >= 0) return { preamble, records: records.filter((record, index) => index <= first || !isRecordOf(record, reservation)) };
  if (edited === undefined) return { preamble, records: [...records, own("")] };
  return { preamble, records: records.map((record) => (record === edited ? own(parseReservation(record)?.rest ?? "") : record)) };
}

/** Removes every record of a reservation, and no other. */
export function removeReservation({ preamble, records }: RuleList, reservation: Reservation): RuleList {
  return { preamble, records: records.filter((record) => !isRecordOf(record, reservation)) };
}

/** Whether a list is small enough for the firmware. */
export function withinLimits(list: RuleList): boolean {
  return list.records.length <= MAX_RECORDS && Buffer.byteLength(renderList(list), "latin1") < MAX_BYTES;
}

/** Returns the addresses in a list for which the firmware makes a reservation. */
export function reservedAddresses(list: string): Set<string> {
  return new Set(
    parseList(list).records.flatMap((record) => {
      const parsed = parseReservation(record);
      return parsed !== undefined && parseMac(parsed.mac).ok && isIpv4(parsed.address) ? [parsed.address] : [];
    }),
  );
}
