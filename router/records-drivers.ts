import type { RouterPlan } from "../config/plan";
import { asusRecords } from "./asus/records/driver";
import type { RecordsDriver } from "./records";

/** Returns the driver for the reservations of a type of router; undefined if the user enters them by hand. */
export function recordsDriverOf(type: RouterPlan["type"]): RecordsDriver | undefined {
  const drivers = { asus: asusRecords as RecordsDriver, manual: undefined };
  return drivers[type];
}
