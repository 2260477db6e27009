import type { RecordsDriver } from "../../records";
import { ownerNumber } from "../script";
import { isOutdated, judgeRecords } from "./judge";
import { parseRecords, recordsQuery, type AsusRecords } from "./reading";
import { namesAppliedBy, ownerIn, recordCommands, reservationsAppliedBy } from "./script";

/** The driver for reservations on ASUS firmware, stock or Merlin. */
export const asusRecords: RecordsDriver<AsusRecords> = {
  commands: recordCommands,
  appliedBy: reservationsAppliedBy,
  namesAppliedBy,
  ownerNumber,
  ownerIn,
  isOutdated,
  query: recordsQuery,
  parse: parseRecords,
  judge: judgeRecords,
};
