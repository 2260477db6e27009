import type { RouterDriver } from "../driver";
import { examination, examine } from "./examination";
import { judge, lacks } from "./judge";
import { answersAt, parseReading, query, type AsusReading } from "./reading";
import { appliedBy, hasSameResult, removedBy, routeCommands } from "./script";

/** The driver for ASUS firmware, stock or Merlin. */
export const asus: RouterDriver<AsusReading> = {
  commands: routeCommands,
  appliedBy,
  hasSameResult,
  isOutdated: (stdin, reading) => !lacks(reading, removedBy(stdin)),
  query,
  parse: parseReading,
  answersAt,
  judge,
  examination: { command: examination(), examine },
};
