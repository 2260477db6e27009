import type { RouterPlan } from "../config/plan";
import { asus } from "./asus/driver";
import type { RouterDriver } from "./driver";

/** The driver of a kind of router; undefined where somebody enters the routes by hand. Another kind of router is another line here. */
export function driverOf(type: RouterPlan["type"]): RouterDriver | undefined {
  const drivers = { asus: asus as RouterDriver, manual: undefined };
  return drivers[type];
}
