/** Which reservations on a router are managed by a stack. */
import type { Plan } from "../config/plan";
import type { PendingOperations } from "../engine/deployment";
import { appliedIn, pendingInput, RECORDS_COMMAND, type Applied, type Outputs } from "../engine/state-contents";
import { isSame, type JudgedRecords, type RecordsDriver, type Reservation } from "../router/records";

/** The reservations of a stack, according to its state. */
export interface OwnedRecords
  extends Required<Pick<JudgedRecords, "owned" | "ownedNames" | "mayBeMissing">>, Pick<JudgedRecords, "formerOwner"> {
  /** What the last run applied, on the plan's router or another one. */
  readonly state: Applied | undefined;
}

/**
 * Finds the reservations of a stack: those in its state, and those that an interrupted run was applying.
 *
 * @param pending the pending operations of the last run
 */
export function findOwnedRecords(
  { cluster, router: { host } }: Plan,
  driver: RecordsDriver,
  outputs: ReadonlyMap<string, Outputs>,
  pending: PendingOperations = { creating: [], updating: [] },
): OwnedRecords {
  const state = appliedIn(outputs, RECORDS_COMMAND);
  const interrupted = pendingInput(pending, RECORDS_COMMAND);
  const onRouter = (applied: Applied | undefined): readonly Reservation[] =>
    applied?.host === host ? driver.appliedBy(applied.input) : [];
  const made = onRouter(state);
  const added = onRouter(interrupted).filter((one) => !made.some((other) => isSame(one, other)));
  const ownedNames = state?.host === host ? driver.namesAppliedBy(state.input) : [];
  const owner = ownedNames.length === 0 || state === undefined ? undefined : driver.ownerIn(state.input);
  const formerOwner = owner === driver.ownerNumber(cluster.name) ? undefined : owner;
  return { state, owned: [...made, ...added], ownedNames, formerOwner, mayBeMissing: interrupted?.host === host };
}
