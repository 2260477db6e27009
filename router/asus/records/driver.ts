import type { RecordsDriver } from "../../records";
import { parseList } from "../rule-list";
import { judgeRecords } from "./judge";
import { isRecordOf } from "./list";
import { parseRecords, recordsQuery, type AsusRecords } from "./reading";
import { namesAppliedBy, recordCommands, reservationsAppliedBy, reservationsRemovedBy } from "./script";

/** The driver for reservations on ASUS firmware, stock or Merlin. */
export const asusRecords: RecordsDriver<AsusRecords> = {
  commands: recordCommands,
  appliedBy: reservationsAppliedBy,
  namesAppliedBy,
  isOutdated: (stdin, { list }) =>
    reservationsRemovedBy(stdin).some((one) => parseList(list).records.some((record) => isRecordOf(record, one))),
  query: recordsQuery,
  parse: parseRecords,
  judge: judgeRecords,
};
