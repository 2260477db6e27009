import type { Plan } from "../../config/plan";
import { recordsArgsOf } from "../../config/records-args";
import type { Login } from "../../config/routes-args";
import type { Reservation } from "../../router/records";
import { LanRecords } from "../lan-records";
import type { RecordsPreflight } from "./preflight";

/** Returns the component with the reservations of a stack. */
export function recordsOf(
  plan: Plan,
  login: Login,
  checked: RecordsPreflight & { readonly reservations: readonly Reservation[] },
): LanRecords {
  const { reservations, ...preflight } = checked;
  return new LanRecords("records", { ...recordsArgsOf(plan, login, reservations), preflight });
}
