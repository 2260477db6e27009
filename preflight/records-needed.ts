/** Decides whether a run has to check reservations. The check itself is loaded only then, because most stacks have none. */
import { appliedIn, RECORDS_COMMAND } from "../engine/state-contents";
import type { Reservation } from "../router/records";
import type { Stack } from "./stack";

/** What the deployment must do about the stack's reservations. */
export interface RecordsChecked {
  /** The reservations of the plan whose hardware addresses are known: all of them, except in a preview without an answer of the router. */
  readonly reservations: readonly Reservation[];
  /** The reservations of the stack on this router according to its state. */
  readonly owned: readonly Reservation[];
  /** Whether the reservations on the router differ from those that the last run applied. */
  readonly repair: boolean;
  /** Whether an interrupted run was applying reservations. They are then managed by the stack if they exist. */
  readonly adopt: boolean;
  /** The command's standard input, as recorded in the state. */
  readonly input?: string;
}

/** The result for a plan without reservations. */
export const noRecords: RecordsChecked = { reservations: [], owned: [], repair: false, adopt: false };

/** Whether the plan or the state has reservations or names. */
export function needsRecords({ plan, state }: Pick<Stack, "plan" | "state">): boolean {
  return plan.gateway.reserve || plan.router.reservations.length + plan.names.length > 0 || appliedIn(state, RECORDS_COMMAND) !== undefined;
}
