/** What a plan needs to know of the list of static routes of ASUS firmware: a record's form, and how many records fit. */
import type { RouteRecord } from "./plan";

/** The limit of a list in bytes. At boot the firmware copies the list into buffers of 1024 bytes without a check. */
export const MAX_BYTES = 1000;

/** The limit of a list in records. Routers have been reported to hang with 24 records and more. */
export const MAX_RECORDS = 20;

/** Formats a route's record: destination, netmask, gateway, metric and interface. */
export function recordOf({ destination, gateway, metric }: RouteRecord<string>): string {
  return [destination.network, destination.netmask, gateway, metric, "LAN"].join(">");
}

/** Returns the length of records in the list, each with its leading `<`. */
export const bytesOf = (records: readonly string[]): number => records.reduce((sum, record) => sum + record.length + 1, 0);

/** Whether a list is small enough for the firmware. @param bytes the length of all records, each with its leading `<` */
export const fits = (records: number, bytes: number): boolean => bytes < MAX_BYTES && records < MAX_RECORDS;

/** The rule against a list that is too long. @param owners a text after the sizes that names the owners of the records */
export const tooLong = (records: number, bytes: number, owners = ""): string =>
  `its list would hold ${records} routes in ${bytes} bytes${owners}, and from ${MAX_RECORDS} routes or ${MAX_BYTES} bytes on the firmware may crash at boot`;

/** The fix for a list that is too long. */
export const SHORTEN = "merge pools or remove routes";
