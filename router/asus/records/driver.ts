import type { RecordsDriver } from "../../records";
import { judgeRecords } from "./judge";
import { parseRecords, recordsQuery, type AsusRecords } from "./reading";
import { namesAppliedBy, recordCommands, reservationsAppliedBy } from "./script";

/** The driver for reservations on ASUS firmware, stock or Merlin. */
export const asusRecords: RecordsDriver<AsusRecords> = {
  commands: recordCommands,
  appliedBy: reservationsAppliedBy,
  namesAppliedBy,
  query: recordsQuery,
  parse: parseRecords,
  judge: judgeRecords,
};
