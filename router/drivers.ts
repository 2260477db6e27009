import type { RouterPlan } from "../config/plan";
import { asus } from "./asus/driver";
import type { RouterDriver } from "./driver";

/** Returns the driver for a type of router; undefined if the user enters the routes by hand. A new type needs a new entry here. */
export function driverOf(type: RouterPlan["type"]): RouterDriver | undefined {
  const drivers = { asus: asus as RouterDriver, manual: undefined };
  return drivers[type];
}
